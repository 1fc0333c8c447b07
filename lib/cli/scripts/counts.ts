import { BUCKETS, SECONDS } from '../../figures/grid'
import { at, HEARTBEAT, nameOnce, type Script, type Where } from './clauses'
import { bucketOf } from './figures'

/** In 0.17 a string is on the stack, which has 512 bytes for all. */
const STRING_SIZE = 200

/** The time between two steps, in milliseconds. At one, a half of the maps is handed over; at the next, it is told. */
const STEP = 500

/** The number of steps in an hour. */
const HOUR = 3_600_000 / STEP

/** The number of boundaries for which a bucket's number leaves room. */
export const MOST_BOUNDARIES = 16

/** The times, in steps, for which the script keeps what it can't know to be over. */
export interface Patience {
  /** After so many, names are told again, as a thread's number and an address may belong to another name by then. */
  names: number
  /** A request that takes so many may be forgotten: its process may have ended in the middle of it. */
  requests: number
}

export const PATIENCE: Patience = { names: 60, requests: HOUR }

export interface CountsContents {
  /** In nanoseconds, rising: of classic buckets. */
  boundaries: readonly number[]
  /** Whether the probes tell paths of routes; else routes have the names that the probes have for them. */
  facts: boolean
  patience?: Patience
}

/**
 * Counts of requests by process, thread, method, route, status and bucket, for a reader who adds them up.
 *
 * Each map has two halves. Events are counted in one of them, while the other is told and then cleared, so that
 * no event can come between those two. The reader's bpftrace clears `@unread` after that, and only then are the halves
 * exchanged again: it may be as late as it wants.
 *
 * The requests that run are in two maps as well: of a process that is killed some are left, which nothing else would
 * ever take out.
 *
 * It is for every process that has one of the files, also for those that start later.
 */
export function countsScript(
  where: Where,
  { boundaries, facts, patience = PATIENCE }: CountsContents
): Script {
  const route = facts ? 'arg5' : 'arg1'
  const text = `/* A request: when it began, its method. */
${at(where, 'route__start')}
{
	if (@era[0] == 0) {
		@running_a[tid, arg2] = (nsecs, arg3);
	} else {
		@running_b[tid, arg2] = (nsecs, arg3);
	}
${nameOnce('arg3')}
}

/* The response is complete, or its connection is gone. Here the route is known best. */
${at(where, 'route__done')}
{
	$request = @running_a[tid, arg2];
	if ($request.0 != 0) {
		delete(@running_a[tid, arg2]);
	} else {
		$request = @running_b[tid, arg2];
		if ($request.0 != 0) {
			delete(@running_b[tid, arg2]);
		}
	}
	if ($request.0 != 0) {
		$took = nsecs - $request.0;
${bucketOf(SECONDS)}
		if ($bucket > ${BUCKETS - 1}) {
			$bucket = ${BUCKETS - 1};
		}
		$bucket = $bucket * ${MOST_BOUNDARIES};
${boundaries.map((ns) => `		if ($took > ${ns}) {\n			$bucket = $bucket + 1;\n		}`).join('\n')}
		if (@half[0] == 0) {
			@counts_a[pid, tid, $request.1, ${route}, arg3, $bucket] = count();
			@sums_a[pid, tid, $request.1, ${route}, arg3] = sum($took);
		} else {
			@counts_b[pid, tid, $request.1, ${route}, arg3, $bucket] = count();
			@sums_b[pid, tid, $request.1, ${route}, arg3] = sum($took);
		}
${nameOnce(route)}
	}
}
${HEARTBEAT}
interval:ms:${STEP}
{
	if (@unread[0] == 0) {
		@half[0] = 1 - @half[0];
		@unread[0] = 1;
	} else if (@unread[0] == 1) {
		@unread[0] = 2;
		if (@half[0] == 1) {
			print(@counts_a);
			clear(@counts_a);
			print(@sums_a);
			clear(@sums_a);
		} else {
			print(@counts_b);
			clear(@counts_b);
			print(@sums_b);
			clear(@sums_b);
		}
		printf("s\\n");
		clear(@unread);
	}
	@steps[0] = @steps[0] + 1;
	if (@steps[0] % ${patience.names} == 0) {
		printf("o\\n");
		clear(@named);
	}
	if (@steps[0] % ${2 * patience.requests} == ${patience.requests}) {
		if (@era[0] == 0) {
			clear(@running_b);
		} else {
			clear(@running_a);
		}
	}
	if (@steps[0] % ${2 * patience.requests} == 0) {
		@era[0] = 1 - @era[0];
	}
}

END
{
	clear(@running_a);
	clear(@running_b);
	clear(@named);
}
`
  return { text, stringSize: STRING_SIZE }
}
