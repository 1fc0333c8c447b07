import type { Grid } from '../../figures/grid'
import { CLIENT_CLOSED_REQUEST, SERVER_ERROR } from '../../figures/status'
import { at, HEARTBEAT, nameOnce, squared, type Where, wanted } from './clauses'

/**
 * The shortest is kept as what the longest of these falls short by: bpftrace's
 * min() forgets what is above 2^32 ns. JavaScript reads no larger number exactly.
 */
export const LONGEST_NS = Number.MAX_SAFE_INTEGER

/** So many handlers of one request are counted; what runs after those is only counted as missing. */
export const MAX_HANDLERS = 64

/** What of a script depends on the release of bpftrace that runs it. */
export interface Dialect {
  /** `while` is on its way out since 0.25, which has ranges in its place. */
  loop: 'while' | 'range'
}

export interface FiguresContents {
  /** What asks: `top` forgets extremes every second, `latency` wants routes to show how far it is. */
  reader: 'latency' | 'top'
  grid: Grid
  dialect: Dialect
}

/** What a run of a handler is known by within its request: the name's address, and above it how often that name ran before. */
const ADDRESS = '0xffffffffffff'
const ADDRESS_BITS = 48

/** Bits of a run's state. */
const OPEN = 1
/** Only on the first run of a name: there are others. */
const SEVERAL = 2
const DONE = 4

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
export function figuresScript(where: Where, { reader, grid, dialect }: FiguresContents): string {
  return `/* A request: when it began, its last run of a handler, and how many there were. */
${at(where, 'route__start')}${wanted(where)}
{
	@request[tid, arg2] = (nsecs, (uint64)0, (uint64)0);
}

/* A run: when it began, the run before it, its state. */
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
			@run[tid, arg3, arg2] = ($first.0, $first.1, $first.2 | ${SEVERAL});
			@depth[tid, arg3, arg2] = @depth[tid, arg3, arg2] + 1;
			@inner[tid, arg3, arg2, @depth[tid, arg3, arg2]] = $run;
		}
		if ($request.2 < ${MAX_HANDLERS}) {
			@run[tid, arg3, $run] = (nsecs, $request.1, (uint64)${OPEN});
			@request[tid, arg3] = ($request.0, $run, $request.2 + 1);
		} else {
			@missing = count();
		}
	}
}

/* From now on a run has its duration in place of its start. */
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
		@run[tid, arg3, $run] = (nsecs - $this.0, $this.1, ($this.2 & ${SEVERAL}) | ${DONE});
	}
}

/* The response is complete, or its connection is gone. Here the route's name is known best. */
${at(where, 'route__done')}
{
	$request = @request[tid, arg2];
	if ($request.0 != 0) {
		delete(@request[tid, arg2]);
		$took = nsecs - $request.0;
		if (arg3 >= ${SERVER_ERROR} || arg3 == ${CLIENT_CLOSED_REQUEST}) {
			@routes_errors[tid, arg1] = count();
		}
${figuresOf('routes', 'tid, arg1', grid)}
${nameOnce('arg1')}
		$run = $request.1;
${eachRun(
  dialect,
  `			$this = @run[tid, arg2, $run];
			delete(@run[tid, arg2, $run]);
			$name = $run & ${ADDRESS};
			if ($this.2 & ${SEVERAL}) {
				delete(@again[tid, arg2, $name]);
				delete(@depth[tid, arg2, $name]);
			}
			if ($this.2 & ${DONE}) {
				$took = $this.0;
${figuresOf('handlers', 'tid, arg1, $name', grid)}
${nameOnce('$name', 'uptr($name)')}
			}
			$run = $this.1;`
)}
	}
}
${HEARTBEAT}
${everySecond(reader)}
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
}

/** Does something for `$run` until that is 0. The verifier wants to see an end of it. */
function eachRun({ loop }: Dialect, body: string): string {
  return loop === 'while'
    ? `		$left = ${MAX_HANDLERS};
		while ($left > 0 && $run != 0) {
${body}
			$left--;
		}`
    : `		for ($i : 0..${MAX_HANDLERS}) {
			if ($run != 0) {
${body}
			}
		}`
}

/** Adds `$took` to the sum, the extremes and the histogram of a key. */
function figuresOf(map: 'routes' | 'handlers', key: string, grid: Grid): string {
  return `	@${map}_sum[${key}] = sum($took);
	@${map}_max[${key}] = max($took);
	@${map}_min[${key}] = max(${LONGEST_NS} - $took);
${squared(grid)}
	@${map}[${key}, $bits] = hist($units * $units);`
}

/** Figures are read while they grow, and only what is shortest and longest begins anew, so that nothing is lost between. */
function everySecond(reader: 'latency' | 'top'): string {
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
	print(@handlers_sum);
	printf("s\\n");
}
`
}
