import { at, HEARTBEAT, handlerClauses, nameOnce, type Where, wanted } from './clauses'

export interface TraceContents {
  handlers: boolean
  /** A person reads the lines as they come; the command puts each request's parts together. */
  reader: 'person' | 'us'
  /** Whether the probes tell where handlers are written, for how long they are busy, and paths of routes. */
  facts?: boolean
  /** Whether our reader wants the request's headers, in pieces of a string's length. */
  headers?: boolean
}

/** Bytes of a string that our reader gets, with the zero at its end. */
export const STRING_SIZE = 200

/** A line when a request begins, when one of its handlers ends, and when it is done. */
export function traceScript(
  where: Where,
  { handlers, reader, facts = false, headers = false }: TraceContents
): string {
  const person = reader === 'person'
  return `/* A request begins: id, method, URL as asked for. */
${at(where, 'route__start')}${wanted(where)}
{
	@request[tid, arg2] = nsecs;
${person ? startForPerson : startForUs}${headers ? headersForUs : ''}
}
${handlers ? handlersOf(where, person ? handlerForPerson : handlerForUs(facts)) : ''}
/* It is done: id, status, milliseconds, route. */
${at(where, 'route__done')}
/@request[tid, arg2]/
{
	$took = (uint64)((int64)nsecs - (int64)@request[tid, arg2]);
	delete(@request[tid, arg2]);
${person ? doneForPerson : doneForUs(facts)}
}
${person ? '' : HEARTBEAT}
END
{
	clear(@request);${handlers ? '\n	clear(@handler);\n	clear(@depth);\n	clear(@inner);' : ''}${person ? '' : '\n	clear(@named);'}
}
`
}

const startForPerson = '	printf("%d  > %s %s\\n", arg2, str(arg3), str(arg4));'
const doneForPerson = '	printf("%d  < %d  %d ms  %s\\n", arg2, arg3, $took / 1000000, str(arg1));'
const handlerForPerson = '	printf("%d    %d us  %s\\n", arg3, $took / 1000, str(arg2));'

/** The byte behind what can be copied tells whether a URL of full length ends there. */
const startForUs = `${nameOnce('arg3')}
	printf("b\\t%d\\t%d\\t%d\\t%llu\\t%llu\\t%d\\t%s\\n", tid, arg2, pid, nsecs, arg3, *(uint8 *)(arg4 + URL_BYTES), str(arg4));`

/** The number of pieces of headers that are read: more than 3000 bytes. */
export const HEADER_PIECES = 16

/**
 * The piece that is shorter than the others is the last one: what follows in memory is not part of the
 * headers.
 */
const headersForUs = `
	$piece = (uint64)0;
	unroll(${HEADER_PIECES}) {
		printf("r\\t%d\\t%d\\t%d\\t%s\\n", tid, arg2, $piece, str(arg5 + $piece * ${STRING_SIZE - 1}));
		$piece = $piece + 1;
	}`

/** Without facts, the probe tells no path: its address is that of nothing. */
function doneForUs(facts: boolean): string {
  return `${nameOnce('arg1')}${facts ? `\n${nameOnce('arg5')}` : ''}
	printf("d\\t%d\\t%d\\t%llu\\t%d\\t%llu\\t%llu\\n", tid, arg2, $took, arg3, arg1, ${facts ? 'arg5' : '(uint64)0'});`
}

function handlerForUs(facts: boolean): string {
  return `${nameOnce('arg2')}${facts ? `\n${nameOnce('arg4')}` : ''}
	printf("h\\t%d\\t%d\\t%llu\\t%llu\\t%llu\\t%llu\\t%d\\n", tid, arg3, $began, $took, arg2, ${facts ? 'arg4, arg5' : '(uint64)0, -1'});`
}

function handlersOf(where: Where, done: string): string {
  const comment = 'A handler is done: id, how long it took, its name.'
  return `
${handlerClauses(where, comment, done)}
`
}

export function withUrlBytes(script: string, bytes: number): string {
  return script.replace('URL_BYTES', String(bytes))
}
