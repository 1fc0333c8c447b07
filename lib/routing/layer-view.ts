import type { Handler, Layer } from './layer'

/** A layer as its router sees it while one handler runs: the same, but the function's result is kept. */
export interface LayerView {
  layer: Layer
  result(): unknown
}

const views = new WeakMap<Layer, LayerView & { handle: Handler }>()

export function viewOf(layer: Layer): LayerView {
  let view = views.get(layer)
  if (view?.handle !== layer.handle) {
    view = makeView(layer)
    views.set(layer, view)
  }
  return view
}

function makeView(layer: Layer): LayerView & { handle: Handler } {
  const { handle } = layer
  let result: unknown
  const keep = (value: unknown) => {
    result = value
    return value
  }
  const keeping =
    handle.length === 4
      ? (error: unknown, req: unknown, res: unknown, next: unknown) => keep(handle(error, req, res, next))
      : (req: unknown, res: unknown, next: unknown) => keep(handle(req, res, next))
  return {
    handle,
    layer: Object.create(layer, { handle: { value: keeping } }) as Layer,
    result() {
      const value = result
      result = undefined
      return value
    }
  }
}
