import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT } from './cli'

/** The package in a folder that several containers see, each as its own: by overlay file systems, as of images. Takes root. */
export class Layers {
  readonly #folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'layers-')))
  /** The folders in which containers see the package. */
  readonly views: readonly string[]

  constructor(containers: number) {
    // A folder that is on an overlay itself can't be written through another one.
    execFileSync('mount', ['-t', 'tmpfs', 'layers', this.#folder])
    const image = this.#made('image')
    for (const part of ['package.json', 'dist', 'native', 'build'])
      cpSync(path.join(ROOT, part), path.join(image, part), { recursive: true })
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(image, 'node_modules'))
    this.views = Array.from({ length: containers }, (_, i) => this.#view(image, i))
  }

  #made(name: string): string {
    const folder = path.join(this.#folder, name)
    mkdirSync(folder)
    return folder
  }

  #view(image: string, number: number): string {
    const [view, upper, work] = ['view', 'upper', 'work'].map((name) => this.#made(`${name}-${number}`)) as [
      string,
      string,
      string
    ]
    const options = `lowerdir=${image},upperdir=${upper},workdir=${work}`
    execFileSync('mount', ['-t', 'overlay', 'layers', '-o', options, view])
    return view
  }

  remove(): void {
    for (const view of this.views) execFileSync('umount', [view])
    execFileSync('umount', [this.#folder])
    rmSync(this.#folder, { recursive: true })
  }
}
