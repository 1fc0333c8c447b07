/** Something that people can mend, told with what to do about it. */
export class Problem extends Error {
  constructor(
    message: string,
    /** Advice on what to do next, in whole lines. */
    readonly advice: string[] = [],
    readonly exitCode: number = EXIT.failure
  ) {
    super(message)
    this.name = 'Problem'
  }
}

/** Exit statuses; a signal's is 128 and its number. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const

/** @param command - whose help tells more */
export function usageProblem(message: string, command?: string): Problem {
  const help = ['restify-probes', command, '--help'].filter(Boolean).join(' ')
  return new Problem(message, [`${help} tells what there is.`], EXIT.usage)
}
