import { StringDecoder } from 'node:string_decoder'
import { type Key, KeyDecoder } from './key-decoder'

/**
 * The time in milliseconds for which the rest of a sequence may come, as over a slow connection; then ESC was
 * a key.
 */
const PATIENCE = 100

interface Listener {
  /** It is called with the keys that came together, one at least. */
  pressed(keys: readonly Key[]): void
  /** Nobody can press a key any more. */
  closed(): void
}

/** Keys as they are pressed in a terminal; returns a function that ends it. */
export function onKeys(stream: NodeJS.ReadStream, { pressed, closed }: Listener): () => void {
  if (!stream.isTTY) return () => {}
  const characters = new StringDecoder('utf8')
  const decoder = new KeyDecoder()
  let timer: NodeJS.Timeout | undefined
  const tell = (keys: readonly Key[]) => {
    if (keys.length > 0) pressed(keys)
  }
  const listener = (bytes: Buffer | string) => {
    clearTimeout(timer)
    tell(decoder.feed(typeof bytes === 'string' ? bytes : characters.write(bytes)))
    if (decoder.waits) timer = setTimeout(() => tell(decoder.flush()), PATIENCE)
  }
  // A terminal that is gone fails to be read, at this moment or a later one.
  stream.removeListener('error', closed).on('error', closed)
  stream.on('end', closed)
  stream.setRawMode(true)
  stream.on('data', listener)
  stream.resume()
  return () => {
    clearTimeout(timer)
    stream.removeListener('data', listener)
    stream.removeListener('end', closed)
    try {
      stream.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
    stream.pause()
  }
}
