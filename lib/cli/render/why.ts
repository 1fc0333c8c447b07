import type { LoopHistory } from '../../figures/event-loop'
import type { FinishedRequest } from '../../figures/request'
import { joined, line, type Printable, printable } from '../printable'
import { type Style, unstyled } from '../terminal/style'
import type { Cause } from '../why/cause'
import { type Diagnosis, type Verdict, verdictOf } from '../why/diagnosis'
import type { Place } from '../why/place'
import type { RouteTime } from '../why/routes'
import { duration } from './duration'
import { busyPart, loopLine } from './event-loop'
import { percent } from './percent'
import { waterfall } from './request'
import { cut, lengthOf } from './text'
import { commonSentences } from './why-common'

/** The number of causes beside the first that are named. */
const MOST_OTHERS = 3

/** The number of handlers of a request that are drawn, those that took longest. */
const MOST_BARS = 8

/** The longest line of text, in columns: sentences are read better in short lines. */
const MAX_TEXT = 100

/** The answer: a headline, a few sentences, a picture, and the routes that it is about. */
export function whyLines(diagnosis: Diagnosis, width: number, style: Style = unstyled): Printable[] {
  const { requests, causes, watchedMs } = diagnosis
  const time = seconds(watchedMs)
  if (requests === 0) return [line`No request came in ${time}, so there is nothing to explain.`]
  const textWidth = Math.min(width, MAX_TEXT)
  const [first, ...others] = causes
  const lines =
    first === undefined
      ? fineLines(diagnosis, style)
      : [...wrapped([headline(first)], textWidth).map((row) => style('bold', row))]
  if (first !== undefined) lines.push(...wrapped(sentencesOf(first, diagnosis), textWidth))
  const wrappedLines = first === undefined ? wrapped(lines, textWidth) : lines
  return [
    ...wrappedLines,
    ...(first?.example === undefined ? [] : [line``, ...picture(first.example, width, style)]),
    line``,
    ...wrapped(routeSentences(diagnosis), textWidth),
    ...others
      .slice(0, MOST_OTHERS)
      .flatMap((cause) => wrapped([line`Also: ${headline(cause)} ${commonOf(cause)}`], textWidth))
  ]
}

/** The same answer in paragraphs, the headline first, for a page that draws its own pictures. */
export function whyParagraphs(diagnosis: Diagnosis): Printable[] {
  const [first, ...others] = diagnosis.causes
  const paragraphs = first === undefined ? fineLines(diagnosis, unstyled) : [headline(first)]
  if (first !== undefined) paragraphs.push(joined(sentencesOf(first, diagnosis), ' '))
  paragraphs.push(joined(routeSentences(diagnosis), ' '))
  for (const cause of others.slice(0, MOST_OTHERS))
    paragraphs.push(line`Also: ${headline(cause)} ${commonOf(cause)}`)
  return paragraphs.filter((paragraph) => paragraph.trim() !== '')
}

/** A duration as people say it. */
function ms(milliseconds: number): Printable {
  return duration(milliseconds * 1e6)
}

function seconds(milliseconds: number): Printable {
  return line`${Math.round(milliseconds / 100) / 10} s`
}

function headline(cause: Cause): Printable {
  const { place, kind } = cause
  if (place === undefined)
    return kind === 'collects'
      ? line`Garbage collection holds the event loop, outside of handlers.`
      : line`Something other than a handler holds the event loop, such as a timer's work.`
  return line`${titleOf(place, line`The`)} makes ${routeOf(cause)} slow: ${KINDS[kind]}.`
}

const KINDS = {
  blocks: line`it blocks the event loop`,
  collects: line`it allocates so much that garbage collection blocks the event loop`,
  waits: line`it waits`
}

/** A handler's name, and where it was written. */
function titleOf({ name, location }: Place, article = line`the`): Printable {
  if (location === '') return printable(name)
  return /^handler-\d+$/.test(name)
    ? line`${article} handler at ${printable(location)}`
    : printable(`${name} (${location})`)
}

function routeOf({ route, slowRoutes }: Cause): Printable {
  if (route === undefined) return line`requests`
  const others = slowRoutes - 1
  if (others < 1) return printable(route.title)
  return line`${printable(route.title)} and ${others} other ${others === 1 ? line`route` : line`routes`}`
}

function sentencesOf(cause: Cause, diagnosis: Diagnosis): Printable[] {
  return [
    takes(cause),
    ...later(cause),
    ...idle(cause),
    ...inTurn(cause),
    ...heldUp(cause),
    ...commonSentences(cause),
    ...workers(cause),
    ...loop(cause, diagnosis.loops),
    ...(cause.idle ? [] : starved(diagnosis.starvedMs, diagnosis.watchedMs))
  ]
}

/** The part of a run's own time from which on the time that others held the loop is told beside it. */
const WORTH_TELLING = 0.03

function takes({
  place,
  kind,
  slow,
  runs,
  slowMs,
  quickMs,
  heldMs,
  holdPart,
  gcPart,
  busyKnown
}: Cause): Printable {
  const took = ms(slowMs)
  if (place === undefined) return line`It was held ${slow} times, for ${took} at the median.`
  const how = !busyKnown
    ? line`takes ${took}`
    : kind === 'waits'
      ? holdPart < 0.05
        ? line`waits for ${took}`
        : line`takes ${took}, of which it waits for ${percent(1 - holdPart)},`
      : line`holds the event loop for ${took}`
  const which = quickMs === undefined ? line`in each of its ${runs} runs` : line`in ${slow} of ${runs} runs`
  const usual = quickMs === undefined ? line`` : line`; the others take ${ms(quickMs)}`
  const held =
    kind === 'waits' && heldMs >= slowMs * WORTH_TELLING
      ? line` Such a run took ${ms(heldMs)} more as others held the event loop.`
      : line``
  const gc =
    kind !== 'waits' && gcPart >= 0.1 ? line`; ${percent(gcPart)} of that is garbage collection` : line``
  return line`It ${how} ${which}${usual}${gc}.${held}`
}

function later({ later, kind, place }: Cause): Printable[] {
  return later && kind !== 'waits' && place !== undefined
    ? [line`It does so after it has waited for something, as after an await.`]
    : []
}

function idle({ idle }: Cause): Printable[] {
  return idle
    ? [
        line`It hardly uses the CPU meanwhile: it waits for a file or a program without letting go of the loop, or the machine has no CPU for it.`
      ]
    : []
}

function inTurn({ turns, waitsFor, waiters }: Cause): Printable[] {
  const sentences: Printable[] = []
  for (const { place, count } of waiters)
    sentences.push(
      line`${count} slow runs of ${titleOf(place)} waited for it, as for a lock: they ended when it did.`
    )
  if (waitsFor !== undefined)
    sentences.push(
      line`${waitsFor.count} of the slow runs ended as ${titleOf(waitsFor.place)} did: they wait for that one.`
    )
  if (turns !== undefined) {
    const alone = turns.aloneMs === undefined ? line`` : line`: one by itself takes ${ms(turns.aloneMs)}`
    sentences.push(
      line`Its runs wait for each other, as for a lock or a pool${alone}, and up to ${turns.most} were under way when one began.`
    )
  }
  return sentences
}

function heldUp({ heldUp: requests, heldUpMs, kind }: Cause): Printable[] {
  if (requests === 0 || kind === 'waits') return []
  return [
    line`Meanwhile ${requests} other ${requests === 1 ? line`request` : line`requests`} waited for the event loop, for ${ms(heldUpMs / requests)} on average.`
  ]
}

/** The part of the slow runs from which on they are nearly all of them. */
const NEARLY_ALL = 0.8

function workers({ workers: all, slow, common }: Cause): Printable[] {
  if (all.length < 2) return []
  const [most] = all
  if (most === undefined) return []
  if (most.slow === slow) return [line`Only process ${most.pid} is slow, of ${all.length}.`]
  if (most.slow >= slow * NEARLY_ALL || common?.traits.some(({ kind }) => kind === 'worker')) return []
  const slowOnes = all.filter((worker) => worker.slow > 0)
  return slowOnes.length === all.length
    ? [line`It is so in all ${all.length} processes.`]
    : [line`It is so in ${slowOnes.length} of ${all.length} processes.`]
}

function loop({ kind }: Cause, loops: readonly LoopHistory[]): Printable[] {
  const figures = loops.map(({ whole }) => whole)
  const told = loopLine(figures)
  if (told === undefined) return []
  const gc = Math.max(...figures.map(({ gcMs, ms: all }) => (all > 0 ? gcMs / all : 0)))
  const most = figures.length > 1 ? line` at most` : line``
  const verdict =
    kind === 'waits' ? line`Neither the event loop nor garbage collection is to blame: ` : line``
  return [line`${verdict}${told}, garbage collection ${percent(gc)} of the time${most}.`].map(capitalised)
}

function capitalised(text: Printable): Printable {
  return (text.slice(0, 1).toUpperCase() + text.slice(1)) as Printable
}

function commonOf(cause: Cause): Printable {
  return joined([takes(cause), ...(cause.common === undefined ? [] : commonSentences(cause))], ' ')
}

function fineLines(diagnosis: Diagnosis, style: Style): Printable[] {
  const { few, requests, watchedMs, loops, starvedMs } = diagnosis
  const verdict = verdictOf(diagnosis)
  if (few !== undefined && verdict === 'too few')
    return [
      style('bold', line`There are too few slow requests to say why.`),
      line`${few.count} of ${few.place.runs.length} runs of ${titleOf(few.place)} took up to ${ms(few.slowMs)}. A longer --duration may see more.`
    ]
  const told = loopLine(loops.map(({ whole }) => whole))
  return [
    style('bold', fineHeadline(verdict, loops)),
    line`${requests} requests in ${seconds(watchedMs)}, and no handler is slow, holds the event loop for long or is slower for some requests than for others.`,
    ...(isBusy(loops) ? busiestLines(diagnosis) : []),
    ...(few === undefined
      ? []
      : [
          line`But ${few.count} of ${few.place.runs.length} runs of ${titleOf(few.place)} took up to ${ms(few.slowMs)}: too few to say why.`
        ]),
    ...(told === undefined ? [] : [capitalised(line`${told}.`)]),
    ...starved(starvedMs, watchedMs)
  ]
}

/** The part of the time from which on a busy event loop makes requests wait for each other. */
const BUSY = 0.5

function isBusy(loops: readonly LoopHistory[]): boolean {
  return loops.some(({ whole }) => busyPart(whole) >= BUSY)
}

function fineHeadline(verdict: Verdict, loops: readonly LoopHistory[]): Printable {
  if (verdict === 'no cpu') return line`The process does not get enough of the CPU.`
  return isBusy(loops) ? line`No handler is slow, but the event loop is busy.` : line`Nothing is wrong.`
}

function busiestLines({ busiest, watchedMs, loops }: Diagnosis): Printable[] {
  if (busiest === undefined) return []
  const { place, holdMs } = busiest
  const { length } = place.runs
  const part = percent(holdMs / (watchedMs * loops.length))
  return [
    line`${titleOf(place, line`The`)} holds it for longest: ${part} of the time, ${ms(holdMs / length)} in each of its ${length} runs on average.`
  ]
}

/** The least part of the time without the CPU that is worth a sentence. */
const LEAST_STARVED = 0.1

function starved(starvedMs: number, watchedMs: number): Printable[] {
  if (starvedMs < watchedMs * LEAST_STARVED) return []
  return [
    line`The process was late for ${percent(starvedMs / watchedMs)} of the time though it did not use the CPU: other processes, or a limit of its container, kept it from that.`
  ]
}

function routeSentences({ routes, slowest }: Diagnosis): Printable[] {
  const [most] = routes
  if (most === undefined || slowest === undefined) return []
  return [
    line`Most time: ${printable(most.title)}, ${percent(most.share)} of all requests' time, ${quantiles(most)}.`,
    ...(slowest === most
      ? [line`It is the slowest by p99, too.`]
      : [line`Slowest by p99: ${printable(slowest.title)}, ${quantiles(slowest)}.`])
  ]
}

function quantiles({ count, p50Ms, p99Ms }: RouteTime): Printable {
  return line`${count} requests, p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}`
}

/** The slow request above the usual one, on the slow one's time line. */
function picture({ slow, quick }: NonNullable<Cause['example']>, width: number, style: Style): Printable[] {
  const scale = Math.max(slow.durationNs, quick?.durationNs ?? 0)
  return [
    ...drawn(line`slow `, slow, scale, width, style),
    ...(quick === undefined ? [] : drawn(line`usual`, quick, scale, width, style))
  ]
}

function drawn(
  title: Printable,
  request: FinishedRequest,
  scaleNs: number,
  width: number,
  style: Style
): Printable[] {
  const longest = new Set(
    [...request.handlers].sort((a, b) => b.durationNs - a.durationNs).slice(0, MOST_BARS)
  )
  const shown = { ...request, handlers: request.handlers.filter((handler) => longest.has(handler)) }
  const left = request.handlers.length - shown.handlers.length
  const { method, url, status, durationNs } = request
  const heading = cut(
    line`${title}  ${duration(durationNs)}  ${printable(method)} ${printable(url)}  ${status}`,
    width
  )
  return [
    style('bold', heading),
    ...waterfall(shown, width, style, scaleNs),
    ...(left > 0 ? [style('dim', line`  and ${left} quicker handlers`)] : [])
  ]
}

/** Each sentence begins a line. */
function wrapped(sentences: readonly Printable[], width: number): Printable[] {
  return sentences.flatMap((sentence) => {
    const lines: string[] = []
    let current = ''
    for (const word of sentence.split(' ')) {
      if (current !== '' && lengthOf(current) + 1 + lengthOf(word) > width) {
        lines.push(current)
        current = `  ${word}`
      } else current = current === '' ? word : `${current} ${word}`
    }
    return [...lines, current] as Printable[]
  })
}
