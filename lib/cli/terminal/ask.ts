import { createInterface } from 'node:readline/promises'

/** Asks on the terminal, and gives what was typed; nothing if it was closed. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await Promise.race([
      lines.question(question),
      new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    ])
  } finally {
    lines.close()
  }
}
