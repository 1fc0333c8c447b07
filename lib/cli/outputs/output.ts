/**
 * Takes what a command finds and gives it to whoever asked: text to people, JSON to programs.
 * A command chooses one at its start, and neither the command nor the source knows which.
 */
export interface Output<Found> {
  /** It is called for each thing that is found: a request, a second's rates, all figures at the end. */
  show(found: Found): void
}

/** The output that the command line asks for. */
export function chosen<Each>({ json }: { json: boolean }, outputs: { text(): Each; json(): Each }): Each {
  return json ? outputs.json() : outputs.text()
}
