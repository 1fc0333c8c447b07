import { emitKeypressEvents } from 'node:readline'

interface Key {
  name?: string
  sequence?: string
  ctrl?: boolean
}

/** Keys as they are pressed, `ctrl-c` among them; returns a function that ends it. */
export function onKeys(stream: NodeJS.ReadStream, pressed: (key: string) => void): () => void {
  if (!stream.isTTY) return () => {}
  const listener = (_text: string | undefined, { name, sequence, ctrl }: Key) => {
    const key = name ?? sequence ?? ''
    pressed(ctrl === true ? `ctrl-${key}` : key)
  }
  emitKeypressEvents(stream)
  stream.setRawMode(true)
  stream.on('keypress', listener)
  stream.resume()
  return () => {
    stream.removeListener('keypress', listener)
    try {
      stream.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
    stream.pause()
  }
}
