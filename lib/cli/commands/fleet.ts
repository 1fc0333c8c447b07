import { setTimeout } from 'node:timers/promises'
import type { Arguments } from '../arguments'
import { FleetJson, type FleetOutput, FleetText } from '../outputs/fleet'
import { FleetScreen } from '../outputs/fleet-screen'
import { EXIT, Problem, usageProblem } from '../problem'
import { FLEET_SORTS, type Fleet, type FleetSort } from '../sources/prometheus/fleet'
import type { FleetQuery } from '../sources/prometheus/fleet-query'
import { FleetSource } from '../sources/prometheus/fleet-source'
import type { InterruptionCause } from '../terminal/interruption'
import type { Context } from './context'

/**
 * Prometheus is asked anew when this part of the stretch of time that figures are of is new, no sooner and no
 * later than after these seconds.
 */
const NEW_PART = 0.05
const SOONEST = 1
const LATEST = 15
/** Prometheus is at work for us for less than one part in so many of the time. */
const ITS_OWN_TIME = 4

/** `top --prometheus`: the table of the routes of all instances, renewed until somebody has seen enough. */
export async function topOfFleet(options: Arguments, wanted: FleetQuery, context: Context): Promise<number> {
  const output = outputFor(options, wanted, context)
  const source = new FleetSource(wanted)
  const over = new AbortController()
  try {
    // If the first answer is a problem, the command ends with it.
    const begin = performance.now()
    const first = await Promise.race([source.look(), context.interruption.happened])
    if (isEnding(first)) return first.exitCode
    output.open()
    output.show(first)
    const pauseMs = Math.max(pauseFor(wanted), ITS_OWN_TIME * (performance.now() - begin))
    return await renew(source, output, endOf(options.seconds, context, over.signal), pauseMs)
  } finally {
    over.abort()
    source.close()
    output.close()
  }
}

async function renew(
  source: FleetSource,
  output: FleetOutput,
  ending: Promise<InterruptionCause>,
  pauseMs: number
): Promise<number> {
  for (;;) {
    const waited = await Promise.race([setTimeout(pauseMs), ending])
    if (waited !== undefined) return waited.exitCode
    const found = await Promise.race([source.look().catch(problemOf), ending])
    if (found instanceof Problem) output.note(found.message)
    else if (isEnding(found)) return found.exitCode
    else output.show(found)
  }
}

function pauseFor({ seconds }: FleetQuery): number {
  return Math.min(LATEST, Math.max(SOONEST, seconds * NEW_PART)) * 1000
}

/** A Prometheus that is restarted is asked again, as are apps that are deployed. */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  throw error
}

function isEnding(found: Fleet | InterruptionCause): found is InterruptionCause {
  return 'exitCode' in found
}

function endOf(
  seconds: number | undefined,
  { interruption }: Context,
  signal: AbortSignal
): Promise<InterruptionCause> {
  if (seconds === undefined) return interruption.happened
  const time = setTimeout(seconds * 1000, { exitCode: EXIT.ok }, { signal })
  time.catch(() => {})
  return Promise.race([time, interruption.happened])
}

function outputFor({ json, sort }: Arguments, wanted: FleetQuery, context: Context): FleetOutput {
  const view = { wanted, sort: readFleetSort(sort) }
  if (json) return new FleetJson(view)
  return process.stdout.isTTY ? new FleetScreen(view, context) : new FleetText(view)
}

function readFleetSort(name = 'time'): FleetSort {
  if (!Object.hasOwn(FLEET_SORTS, name))
    throw usageProblem(`--sort takes one of: ${Object.keys(FLEET_SORTS).join(', ')}`, 'top')
  return name as FleetSort
}
