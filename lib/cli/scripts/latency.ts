import type { Grid } from '../../figures/grid'
import { CLIENT_CLOSED_REQUEST, SERVER_ERROR } from '../../figures/status'
import { at, HEARTBEAT, handlerClauses, nameOnce, squared, type Where, wanted } from './clauses'

/**
 * The shortest is kept as what the longest of these falls short by: bpftrace's
 * min() forgets what is above 2^32 ns. JavaScript reads no larger number exactly.
 */
export const LONGEST_NS = Number.MAX_SAFE_INTEGER

/** How figures leave bpftrace: read by a person at its end, or by us, by address and for ever growing. */
export type Reader = { kind: 'person' } | { kind: 'latency' | 'top'; grid: Grid }

/**
 * Durations of routes and handlers, aggregated in the kernel.
 *
 * route-start comes first since bpftrace attaches a script's probes from the
 * last to the first: no request is let in of which a handler could be missed.
 */
export function latencyScript(where: Where, reader: Reader): string {
  return `/* A request begins. Keys begin with the thread: ids and the addresses of names are its own. */
${at(where, 'route__start')}${wanted(where)}
{
	@request[tid, arg2] = nsecs;
}

/* A handler that begins, perhaps inside another of the same name. */
${handlerClauses(where, 'The same handler passes control on, fails, or has answered.', handlerFigures(reader))}

/* The response is complete, or its connection is gone. Here the route's name is known best. */
${at(where, 'route__done')}
/@request[tid, arg2]/
{
	$took = nsecs - @request[tid, arg2];
	delete(@request[tid, arg2]);
${routeFigures(reader)}
}
${everySecond(reader)}
/* What is still running has no duration. */
END
{
	clear(@request);
	clear(@handler);
	clear(@depth);
	clear(@inner);${reader.kind === 'person' ? '' : '\n	clear(@named);'}
}
`
}

function handlerFigures(reader: Reader): string {
  if (reader.kind === 'person') return '	@handler_ms[str(arg2)] = hist($took / 1000000);'
  return `	@handlers_sum[tid, arg1, arg2] = sum($took);
	@handlers_max[tid, arg1, arg2] = max($took);
	@handlers_min[tid, arg1, arg2] = max(${LONGEST_NS} - $took);
${squared(reader.grid)}
	@handlers[tid, arg1, arg2, $bits] = hist($units * $units);
${nameOnce('arg1')}
${nameOnce('arg2')}`
}

function routeFigures(reader: Reader): string {
  if (reader.kind === 'person') return '	@route_ms[str(arg1)] = hist($took / 1000000);'
  return `	@routes_sum[tid, arg1] = sum($took);
	@routes_max[tid, arg1] = max($took);
	@routes_min[tid, arg1] = max(${LONGEST_NS} - $took);
	if (arg3 >= ${SERVER_ERROR} || arg3 == ${CLIENT_CLOSED_REQUEST}) {
		@routes_errors[tid, arg1] = count();
	}
${squared(reader.grid)}
	@routes[tid, arg1, $bits] = hist($units * $units);
${nameOnce('arg1')}`
}

/** Figures are read while they grow, and only what is shortest and longest begins anew, so that nothing is lost between. */
function everySecond(reader: Reader): string {
  switch (reader.kind) {
    case 'person':
      return ''
    case 'latency':
      return `${HEARTBEAT}
interval:s:1
{
	print(@routes);
	printf("s\\n");
}
`
    case 'top':
      return `${HEARTBEAT}
interval:s:1
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
}
