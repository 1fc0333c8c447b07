import { at, handlerClauses, type Where } from './clauses'

/**
 * Durations of routes and handlers for a person, who reads them at its end. A
 * handler's are of all routes together: it is done before its request's route is known.
 *
 * route-start comes first since bpftrace attaches a script's probes from the last
 * to the first: no request is let in of which a handler could be missed.
 */
export function latencyScript(where: Where): string {
  return `/* A request begins. Keys begin with the thread: ids and the addresses of names are its own. */
${at(where, 'route__start')}
{
	@request[tid, arg2] = nsecs;
}

/* A handler that begins, perhaps inside another of the same name. */
${handlerClauses(
  where,
  'The same handler passes control on, fails, or has answered.',
  '	@handler_ms[str(arg2)] = hist($took / 1000000);'
)}

/* The response is complete, or its connection is gone. Here the route's name is known best. */
${at(where, 'route__done')}
/@request[tid, arg2]/
{
	$took = (uint64)((int64)nsecs - (int64)@request[tid, arg2]);
	delete(@request[tid, arg2]);
	@route_ms[str(arg1)] = hist($took / 1000000);
}

/* What is still running has no duration. */
END
{
	clear(@request);
	clear(@handler);
	clear(@depth);
	clear(@inner);
}
`
}
