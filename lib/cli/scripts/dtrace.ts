/**
 * The D script behind a command. DTrace for Linux takes no wildcard for a provider, and knows
 * the process by `-p` alone; elsewhere a script without a pid is for every process.
 */
export function dtraceScript(
  name: 'latency' | 'trace',
  handlers: boolean,
  platform = process.platform
): string {
  const script = name === 'latency' ? LATENCY : trace(handlers)
  if (platform !== 'linux') return script
  return script.replaceAll('restify*:::', 'restify$target:::').replace('dtrace -s ', 'dtrace -p PID -s ')
}

/** Every process: a script that is for one only adds a predicate on pid. */
const LATENCY = `#!/usr/sbin/dtrace -s
/*
 * Milliseconds of each route and each handler. Run it as root, and end it with Ctrl-C:
 *
 *   dtrace -s latency.d
 *
 * Ids are unique in one process only, so that keys begin with the pid. Of a handler
 * inside another of the same name only the inner one is counted.
 */
#pragma D option quiet

restify*:::route-start
{
	request[pid, arg2] = timestamp;
}

restify*:::handler-start
/request[pid, arg3]/
{
	handler[pid, arg3, copyinstr(arg2)] = timestamp;
}

restify*:::handler-done
/handler[pid, arg3, copyinstr(arg2)]/
{
	@handler_ms[copyinstr(arg2)] = quantize((timestamp - handler[pid, arg3, copyinstr(arg2)]) / 1000000);
	handler[pid, arg3, copyinstr(arg2)] = 0;
}

restify*:::route-done
/request[pid, arg2]/
{
	@route_ms[copyinstr(arg1)] = quantize((timestamp - request[pid, arg2]) / 1000000);
	request[pid, arg2] = 0;
}
`

function trace(handlers: boolean): string {
  return `#!/usr/sbin/dtrace -s
/*
 * Each request as it begins and when it is done. Run it as root, and end it with Ctrl-C:
 *
 *   dtrace -s trace.d
 */
#pragma D option quiet

/* A request begins: id, method, URL as asked for. */
restify*:::route-start
{
	request[pid, arg2] = timestamp;
	printf("%d  > %s %s\\n", arg2, copyinstr(arg3), copyinstr(arg4));
}
${handlers ? TRACE_HANDLERS : ''}
/* The request is done: id, status, milliseconds, route. */
restify*:::route-done
/request[pid, arg2]/
{
	printf("%d  < %d  %d ms  %s\\n", arg2, arg3, (timestamp - request[pid, arg2]) / 1000000, copyinstr(arg1));
	request[pid, arg2] = 0;
}
`
}

const TRACE_HANDLERS = `
restify*:::handler-start
/request[pid, arg3]/
{
	handler[pid, arg3, copyinstr(arg2)] = timestamp;
}

/* A handler is done: id, how long it took, its name. */
restify*:::handler-done
/handler[pid, arg3, copyinstr(arg2)]/
{
	printf("%d    %d us  %s\\n", arg3, (timestamp - handler[pid, arg3, copyinstr(arg2)]) / 1000, copyinstr(arg2));
	handler[pid, arg3, copyinstr(arg2)] = 0;
}
`
