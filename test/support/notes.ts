import { execFileSync } from 'node:child_process'

/** A probe as its ELF note tells of it. */
export interface Note {
  name: string
  /** Sizes of the arguments, negative for signed ones, such as `8 8 -4`. */
  sizes: string
  hasSemaphore: boolean
}

/** The notes by the contract's table of probes, in alphabetical order. */
export const NOTES: readonly Note[] = [
  { name: 'handler__done', sizes: '8 8 8 -4 8 -4', hasSemaphore: true },
  { name: 'handler__start', sizes: '8 8 8 -4 8', hasSemaphore: true },
  { name: 'route__done', sizes: '8 8 -4 -4 8 8', hasSemaphore: true },
  { name: 'route__start', sizes: '8 8 -4 8 8 8 8', hasSemaphore: true }
]

/** The notes of provider `restify` in a file, in alphabetical order. */
export function notesIn(file: string): Note[] {
  const text = execFileSync('readelf', ['--wide', '-n', file], { encoding: 'utf8' })
  const pattern = /Provider: restify\n\s+Name: (\S+)\n.*Semaphore: 0x([0-9a-f]+)\n\s+Arguments: (.*)/g
  return [...text.matchAll(pattern)]
    .map(([, name, semaphore, args]) => ({
      name: name as string,
      sizes: (args as string)
        .split(' ')
        .map((argument) => argument.split('@')[0])
        .join(' '),
      hasSemaphore: Number.parseInt(semaphore as string, 16) !== 0
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
