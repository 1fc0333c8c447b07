import type { Distribution } from '../../figures/distribution'
import type { HandlerFigures } from '../../figures/figures'
import type { Stretch } from '../../figures/held-loop'
import type { FinishedHandler, FinishedRequest } from '../../figures/request'
import type { Estimate } from '../compare/statistics'
import { duration } from '../render/duration'
import { html, type Markup } from './html'

/** The width and height in units of the picture's own, whatever its width on the page. */
const WIDTH = 1000
const HEIGHT = 16

/**
 * Each way to spend time has a height of its own, so that who sees no colours can tell it: what costs others
 * most is highest.
 */
const SHAPES = {
  held: { y: 1, height: 14 },
  others: { y: 3, height: 10 },
  waited: { y: 5.5, height: 5 }
} as const
type PictureKind = keyof typeof SHAPES

/** The least width of a part of a bar, so that it can be seen. */
const LEAST = 2

function part(kind: PictureKind, from: number, to: number, title: string): Markup {
  const { y, height } = SHAPES[kind]
  const width = Math.max(LEAST, to - from)
  const x = Math.min(from, WIDTH - width)
  return html`<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}"><title>${title}</title></rect>`
}

function picture(label: string, parts: readonly Markup[]): Markup {
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" height="${HEIGHT}" role="img" aria-label="${label}"><rect class="track" x="0" y="0" width="${WIDTH}" height="${HEIGHT}"/>${parts}</svg>`
}

/** A handler's bar on the request's time line. */
export function runPicture(
  { startNs, durationNs, busyNs = durationNs }: FinishedHandler,
  { durationNs: totalNs, heldByOthers = [] }: FinishedRequest
): Markup {
  const at = (ns: number) => Math.min(WIDTH, Math.max(0, (ns / Math.max(1, totalNs)) * WIDTH))
  const endNs = startNs + durationNs
  const waitsNs = startNs + Math.min(busyNs, durationNs)
  const parts: Markup[] = []
  if (endNs > waitsNs)
    parts.push(part('waited', at(waitsNs), at(endNs), `waited ${duration(endNs - waitsNs)}`))
  for (const [from, to] of within(heldByOthers, waitsNs, endNs))
    parts.push(
      part('others', at(from), at(to), `another request held the event loop for ${duration(to - from)}`)
    )
  if (waitsNs > startNs || parts.length === 0)
    parts.push(
      part('held', at(startNs), at(waitsNs), `held the event loop for ${duration(waitsNs - startNs)}`)
    )
  return picture(`began after ${duration(startNs)}, took ${duration(durationNs)}`, parts)
}

function within(stretches: readonly Stretch[], fromNs: number, toNs: number): [from: number, to: number][] {
  return stretches
    .map(([start, length]): [number, number] => [Math.max(fromNs, start), Math.min(toNs, start + length)])
    .filter(([from, to]) => to > from)
}

/** The handler's part of its route's time. */
export function sharePicture({ durations, busyNs }: HandlerFigures, routeNs: number): Markup {
  const share = (ns: number) => (routeNs > 0 ? Math.min(1, Math.max(0, ns / routeNs)) : 0) * WIDTH
  const heldNs = Math.min(busyNs ?? durations.sumNs, durations.sumNs)
  const end = share(durations.sumNs)
  const parts = [
    ...(durations.sumNs > heldNs ? [part('waited', share(heldNs), end, 'waited')] : []),
    ...(heldNs > 0
      ? [part('held', 0, share(heldNs), busyNs === undefined ? 'took' : 'held the event loop')]
      : [])
  ]
  return picture(`${Math.round(end / 10)} % of the route's time`, parts)
}

/**
 * Shows how durations are distributed, by buckets that are twice as wide every second time, on a scale that
 * all pictures share.
 */
export function distributionPicture(
  distribution: Distribution,
  [first, last]: readonly [number, number]
): Markup {
  const width = WIDTH / (last - first + 1)
  const most = Math.max(...distribution.buckets.values())
  const bars = distribution.sorted().map(([bucket, count]) => {
    const height = Math.max(0.8, (count / most) * HEIGHT)
    const x = (bucket - first) * width
    return html`<rect class="bar" x="${x.toFixed(1)}" y="${(HEIGHT - height).toFixed(1)}" width="${(width * 0.86).toFixed(1)}" height="${height.toFixed(1)}"/>`
  })
  return picture(`between ${duration(distribution.minNs)} and ${duration(distribution.maxNs)}`, bars)
}

/** The factors at both ends of {@link changePicture}, as logarithms. */
const SCALE = Math.log(3)

/** Shows the change of a mean, and its bounds: to the right of the middle it became slower. */
export function changePicture({ value, low, high }: Estimate, verdict: string): Markup {
  const at = (change: number) => ((Math.min(SCALE, Math.max(-SCALE, change)) / SCALE + 1) / 2) * WIDTH
  const kind = verdict === 'slower' ? 'worse' : verdict === 'faster' ? 'better' : 'open'
  const [from, to] = [at(low), at(high)]
  return picture('the change of the mean, and its bounds', [
    html`<rect class="middle" x="${WIDTH / 2 - 2}" y="0" width="4" height="${HEIGHT}"/>`,
    html`<rect class="${kind} bounds" x="${from.toFixed(1)}" y="5.5" width="${Math.max(LEAST, to - from).toFixed(1)}" height="5"/>`,
    html`<rect class="${kind}" x="${(at(value) - 7).toFixed(1)}" y="2" width="14" height="12"/>`
  ])
}

const SAID: Record<PictureKind, string> = {
  held: 'held the event loop',
  others: 'waited while another request held it',
  waited: 'waited'
}

export function legend(): Markup {
  const items = (Object.keys(SHAPES) as PictureKind[]).map((kind) => {
    const { y, height } = SHAPES[kind]
    const swatch = html`<svg viewBox="0 0 22 ${HEIGHT}" aria-hidden="true"><rect class="${kind}" x="0" y="${y}" width="22" height="${height}"/></svg>`
    return html`<span>${swatch}${SAID[kind]}</span>`
  })
  return html`<p class="legend">${items}</p>`
}
