import { type PageAsked, recordingPage } from '../html/recording-page'
import type { Printable } from '../printable'
import { NewFile } from '../recording/file'
import type { Recorder } from '../recording/recorder'
import type { Recording } from '../recording/recording'
import { recordingText } from '../recording/write'
import type { Opened } from '../sources/open'
import { say } from '../terminal/output'
import { packageVersion } from '../version'

export interface FilesAsked extends PageAsked {
  record?: string | undefined
  html?: string | undefined
}

type TextOf = (recording: Recording, findings: readonly Printable[]) => string

/** The files that a command line asks for beside what is printed. */
export class ReportFiles {
  readonly #files: { file: NewFile; name: string; textOf: TextOf }[] = []

  /**
   * Must be made before anything is measured.
   *
   * @throws Problem where one can't be made
   */
  constructor({ record, html, ...asked }: FilesAsked) {
    try {
      if (record !== undefined) this.#add(record, recordingText)
      if (html !== undefined)
        this.#add(html, (recording, findings) => recordingPage(recording, { ...asked, findings }))
    } catch (error) {
      this.close()
      throw error
    }
  }

  get areWanted(): boolean {
    return this.#files.length > 0
  }

  /**
   * Writes all, or nothing where nothing was measured.
   *
   * @param findings - for a page: what was found out, in paragraphs
   */
  write(recording: Recording, findings: readonly Printable[] = []): void {
    if (recording.figures.requests() === 0) this.close()
    for (const { file, name, textOf } of this.#files.splice(0)) {
      file.write(textOf(recording, findings))
      say(`written: ${name}`)
    }
  }

  close(): void {
    for (const { file } of this.#files.splice(0)) file.close()
  }

  #add(name: string, textOf: TextOf): void {
    this.#files.push({ file: new NewFile(name), name, textOf })
  }
}

/** A recording of what a source has told. */
export function recordingOf(recorder: Recorder, command: string, { title, source }: Opened): Recording {
  const incomplete = source.incomplete()
  const lost = source.lost()
  return recorder.recording({
    version: packageVersion(),
    command,
    title,
    notes: [
      ...(incomplete === undefined ? [] : [incomplete]),
      ...(lost > 0 ? [source.describeLost(lost)] : [])
    ],
    loops: (source.loops?.() ?? []).map(({ pid, thread, last, whole }) => ({ pid, thread, last, whole }))
  })
}
