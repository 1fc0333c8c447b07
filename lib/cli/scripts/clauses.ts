/** The files and processes that a script attaches to. */
export interface Where {
  /** Files that hold the probes; `*` for those of the process that bpftrace gets with -p. */
  files: readonly string[]
  /**
   * The only processes that are traced among those that have one of the files; an empty list for all
   * of them.
   */
  pids: readonly number[]
}

/** A script, and what bpftrace is given with it. */
export interface Script {
  text: string
  /** Bytes that it copies of a string, with the zero at its end. */
  stringSize: number
}

/** The attach points of one probe, a line for each file. */
export function at(where: Where, probe: string): string {
  return where.files.map((file) => `usdt:${quoted(file)}:restify:${probe}`).join(',\n')
}

/** A predicate that lets the wanted processes through; the other probes follow what it let in. */
export function wanted({ pids }: Where): string {
  return pids.length === 0 ? '' : `\n/${pids.map((pid) => `pid == ${pid}`).join(' || ')}/`
}

function quoted(file: string): string {
  return file === '*' ? file : `"${file}"`
}

/**
 * The handler that begins and ends, for every script: a handler may run inside
 * one of the same name, and then the one that began last ends first.
 */
const HANDLER_STARTS = `{
	if (@handler[tid, arg3, arg2]) {
		@depth[tid, arg3, arg2] = @depth[tid, arg3, arg2] + 1;
		@inner[tid, arg3, arg2, @depth[tid, arg3, arg2]] = nsecs;
	} else {
		@handler[tid, arg3, arg2] = nsecs;
	}
}`

const HANDLER_ENDS = `	$depth = @depth[tid, arg3, arg2];
	$began = @handler[tid, arg3, arg2];
	if ($depth > 0) {
		$began = @inner[tid, arg3, arg2, $depth];
		delete(@inner[tid, arg3, arg2, $depth]);
		if ($depth > 1) {
			@depth[tid, arg3, arg2] = $depth - 1;
		} else {
			delete(@depth[tid, arg3, arg2]);
		}
	} else {
		delete(@handler[tid, arg3, arg2]);
	}
	$took = (uint64)((int64)nsecs - (int64)$began);`

/**
 * The clauses of a handler that begins and of one that ends.
 *
 * @param comment - of the second
 * @param done - what it does then, with `$began` and `$took`
 */
export function handlerClauses(where: Where, comment: string, done: string): string {
  return `${at(where, 'handler__start')}
/@request[tid, arg3]/
${HANDLER_STARTS}

/* ${comment} */
${at(where, 'handler__done')}
/@handler[tid, arg3, arg2]/
{
${HANDLER_ENDS}
${done}
}`
}

/**
 * The text of a name, with its address in all its 64 bits, the first time that it is seen: in the
 * app's memory it stays where it is.
 */
export function nameOnce(argument: string): string {
  return `	if (@named[tid, ${argument}] == 0) {
		@named[tid, ${argument}] = 1;
		printf("n\\t%d\\t%llu\\t%s\\n", tid, ${argument}, str(${argument}));
	}`
}

/** Each script prints this line five times a second, so that its reader knows how far it has caught up. */
export const HEARTBEAT_LINE = 't\n'

export const HEARTBEAT = `
interval:ms:200
{
	printf("t\\n");
}
`
