import { type Grid, MAX_UNITS } from '../../figures/grid'
import { CLIENT_CLOSED_REQUEST, SERVER_ERROR } from '../../figures/status-code'
import { at, HEARTBEAT, nameOnce, type Script, type Where, wanted } from './clauses'

/**
 * The shortest is kept as what the longest of these falls short by: bpftrace's
 * min() forgets what is above 2^32 ns. JavaScript reads no larger number exactly.
 */
export const LONGEST_NS = Number.MAX_SAFE_INTEGER

/** In 0.17 a string is on the stack, which has 512 bytes for all. */
const STRING_SIZE = 128

/**
 * So many handlers of one request are counted; what runs after those is only counted as
 * missing. The kernel's verifier follows each, and has enough of 0.23's code at 62.
 */
export const MAX_HANDLERS = 32

/** The parts of a script that depend on the release of bpftrace that runs it. */
export interface BpftraceSyntax {
  /** `while` is on its way out since 0.25, which has ranges in its place. */
  loop: 'while' | 'range'
}

export interface FiguresContents {
  /**
   * The command that asks: `top` forgets extremes every second, `latency` wants routes to show how far
   * it is.
   */
  reader: 'latency' | 'top'
  grid: Grid
  dialect: BpftraceSyntax
  /** Whether the probes tell where handlers are written, for how long they are busy, and paths of routes. */
  facts: boolean
}

/**
 * The key of a handler's run within its request: the name's address and, above it, how often that name
 * ran before.
 */
const ADDRESS = '0xffffffffffff'
const ADDRESS_BITS = 48

/** Bits of a run's state; above them, when it is done, the number of its duration's bucket. */
const OPEN = 1
/** A mark on the first run of a name: there are others. */
const SEVERAL = 2
const DONE = 4
const STATE_BITS = 3

/**
 * Durations of routes and of their requests' handlers, added up in the kernel, by
 * the addresses of names.
 *
 * A handler belongs to the route that route-done names, which is not known before:
 * until then each run of a handler is in `@run`, with the one that began before it,
 * so that route-done can walk through all, from the last. `@request` has the last.
 *
 * A handler may run inside one of its own name. The one that began last ends first,
 * so that those inside the first are kept in a stack.
 *
 * route-start comes first since bpftrace attaches a script's probes from the last
 * to the first: no request is let in of which a handler could be missed.
 */
export function figuresScript(where: Where, { reader, grid, dialect, facts }: FiguresContents): Script {
  const text = `${routeStart(where, facts)}

${handlerStart(where)}

${handlerDone(where, grid, facts)}

${routeDone(where, { grid, dialect, facts })}
${HEARTBEAT}
${everySecond(reader, facts)}
/* What is still running has no duration. */
END
{
	clear(@request);
	clear(@run);
	clear(@again);
	clear(@depth);
	clear(@inner);
	clear(@named);
}
`
  return { text, stringSize: STRING_SIZE }
}

function routeStart(where: Where, facts: boolean): string {
  return `/* A request: when it began, its last run of a handler, how many there were, its method. */
${at(where, 'route__start')}${wanted(where)}
{
	@request[tid, arg2] = (nsecs, (uint64)0, (uint64)0, arg3);${facts ? `\n${nameOnce('arg3')}` : ''}
}`
}

function handlerStart(where: Where): string {
  return `/* A run: when it began, the run before it, its state, where its function is written, for how long it was busy. */
${at(where, 'handler__start')}
{
	$request = @request[tid, arg3];
	if ($request.0 != 0) {
		$run = arg2;
		$first = @run[tid, arg3, arg2];
		if ($first.2 != 0) {
			@again[tid, arg3, arg2] = @again[tid, arg3, arg2] + 1;
			$run = arg2 + (@again[tid, arg3, arg2] << ${ADDRESS_BITS});
			if ($request.2 >= ${MAX_HANDLERS}) {
				$run = 0;
			}
			@run[tid, arg3, arg2] = ($first.0, $first.1, $first.2 | ${SEVERAL}, $first.3, $first.4);
			@depth[tid, arg3, arg2] = @depth[tid, arg3, arg2] + 1;
			@inner[tid, arg3, arg2, @depth[tid, arg3, arg2]] = $run;
		}
		if ($request.2 < ${MAX_HANDLERS}) {
			@run[tid, arg3, $run] = (nsecs, $request.1, (uint64)${OPEN}, (uint64)0, (uint64)0);
			@request[tid, arg3] = ($request.0, $run, $request.2 + 1, $request.3);
		} else {
			@missing = count();
		}
	}
}`
}

function handlerDone(where: Where, grid: Grid, facts: boolean): string {
  return `/* From now on a run has its duration in place of its start. */
${at(where, 'handler__done')}
{
	$run = arg2;
	$this = @run[tid, arg3, arg2];
	if ($this.2 & ${SEVERAL}) {
		$depth = @depth[tid, arg3, arg2];
		if ($depth > 0) {
			$run = @inner[tid, arg3, arg2, $depth];
			delete(@inner[tid, arg3, arg2, $depth]);
			@depth[tid, arg3, arg2] = $depth - 1;
			$this = @run[tid, arg3, $run];
		}
	}
	if ($this.2 & ${OPEN}) {
		$took = nsecs - $this.0;
${bucketOf(grid)}
		@run[tid, arg3, $run] = ($took, $this.1, ($bucket << ${STATE_BITS}) | ($this.2 & ${SEVERAL}) | ${DONE}, ${facts ? '(uint64)arg4, (uint64)arg5' : '(uint64)0, (uint64)0'});
${facts ? nameBoth('arg2', 'arg4') : nameOnce('arg2')}
	}
}`
}

function routeDone(where: Where, { grid, dialect, facts }: Omit<FiguresContents, 'reader'>): string {
  return `/* The response is complete, or its connection is gone. Here the route's name is known best. */
${at(where, 'route__done')}
{
	$request = @request[tid, arg2];
	if ($request.0 != 0) {
		delete(@request[tid, arg2]);
		$took = nsecs - $request.0;
		if (arg3 >= ${SERVER_ERROR} || arg3 == ${CLIENT_CLOSED_REQUEST}) {
			@routes_errors[tid, arg1] = count();
		}
${bucketOf(grid)}
${figuresOf('routes', 'tid, arg1')}
${facts ? describeRoute(dialect) : nameOnce('arg1')}
		$run = $request.1;
${repeated(
  dialect,
  MAX_HANDLERS,
  '$run != 0',
  `			$this = @run[tid, arg2, $run];
			delete(@run[tid, arg2, $run]);
			$name = $run & ${ADDRESS};
			if ($this.2 & ${SEVERAL}) {
				delete(@again[tid, arg2, $name]);
				delete(@depth[tid, arg2, $name]);
			}
			if ($this.2 & ${DONE}) {
${figuresOf('handlers', HANDLER, { took: '$this.0', bucket: `$this.2 >> ${STATE_BITS}` })}
${facts ? BUSY_HANDLER : ''}
			}
			$run = $this.1;`
)}
	}
}`
}

/** The key of a handler. */
const HANDLER = 'tid, arg1, $name, $this.3'

const BUSY_HANDLER = `
	@handlers_busy[${HANDLER}] = sum($this.4);`

/** A number for two addresses that is no address itself: `@named` notes under it that both were told. */
function both(one: string, other: string): string {
  return `(${one} + (${other} << 20)) | 0x8000000000000000`
}

/** Two names, looked for at once. */
function nameBoth(one: string, other: string): string {
  return `	$both = ${both(one, other)};
	if (@named[tid, $both] == 0) {
		@named[tid, $both] = 1;
${nameOnce(one)}
${nameOnce(other)}
	}`
}

/**
 * The route's name, its method and its path, the first time that name and path are seen
 * together. There is room for the text of one name on the stack, and for no other map.
 */
function describeRoute(dialect: BpftraceSyntax): string {
  return `		$both = ${both('arg1', 'arg5')};
		if (@named[tid, $both] == 0) {
			@named[tid, $both] = 1;
			$name = (uint64)arg1;
${repeated(
  dialect,
  2,
  '$name != 0',
  `			if (@named[tid, $name] == 0) {
				@named[tid, $name] = 1;
				printf("n\\t%d\\t%llu\\t%s\\n", tid, $name, str(uptr($name)));
			}
			$name = (uint64)arg5;`
)}
			printf("p\\t%d\\t%llu\\t%llu\\t%llu\\n", tid, arg1, $request.3, arg5);
		}`
}

/**
 * Does something as long as a condition holds, but not more often than told: the verifier wants to see
 * an end of it.
 */
function repeated({ loop }: BpftraceSyntax, times: number, condition: string, body: string): string {
  return loop === 'while'
    ? `		$left = ${times};
		while ($left > 0 && ${condition}) {
${body}
			$left--;
		}`
    : `		for ($i : 0..${times}) {
			if (${condition}) {
${body}
			}
		}`
}

/**
 * `$bucket`: one more than the number of the bucket of `$took`, so that none is below 0.
 *
 * Not by hist(), which has one bucket for each doubling, is of 32 bits before 0.20, and
 * has so many branches that the verifier would not follow it often enough.
 */
export function bucketOf({ numerator, denominator }: Grid): string {
  const units = denominator === 1 ? `$took / ${numerator}` : `$took * ${denominator} / ${numerator}`
  return `	$units = ${units};
	if ($units > ${MAX_UNITS}) {
		$units = ${MAX_UNITS};
	}
	$units = $units * $units;
	$bucket = (uint64)0;
	if ($units > 0) {
		$bucket = 1;
	}
${[32, 16, 8, 4, 2, 1]
  .map(
    (bits) => `	if ($units >= ${2 ** bits}) {
		$units = $units >> ${bits};
		$bucket = $bucket + ${bits};
	}`
  )
  .join('\n')}`
}

/** Adds a duration to the sum, the extremes and the histogram of a key. */
function figuresOf(
  map: 'routes' | 'handlers',
  key: string,
  { took, bucket } = { took: '$took', bucket: '$bucket' }
): string {
  return `	@${map}_sum[${key}] = sum(${took});
	@${map}_max[${key}] = max(${took});
	@${map}_min[${key}] = max(${LONGEST_NS} - ${took});
	@${map}[${key}, ${bucket}] = count();`
}

/**
 * Figures are read while they grow, and only what is shortest and longest begins anew, so that nothing
 * is lost between.
 */
function everySecond(reader: 'latency' | 'top', facts: boolean): string {
  return reader === 'latency'
    ? `interval:s:1
{
	print(@routes);
	printf("s\\n");
}
`
    : `interval:s:1
{
	print(@routes_max);
	clear(@routes_max);
	print(@routes_min);
	clear(@routes_min);
	print(@handlers_max);
	clear(@handlers_max);
	print(@handlers_min);
	clear(@handlers_min);
	print(@routes);
	print(@routes_sum);
	print(@routes_errors);
	print(@handlers);
	print(@handlers_sum);${facts ? '\n	print(@handlers_busy);' : ''}
	printf("s\\n");
}
`
}
