import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const ROOT = path.join(__dirname, '..', '..')

/** The places for what is built, which a fresh checkout does not have. */
const BUILT = /^(dist|native\/build|native\/prebuilds|build)\b/

/** The paths of the repository's files, without those that are installed or built. */
function filesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name)
    if (!entry.isDirectory()) return [name]
    return entry.name === 'node_modules' || entry.name === '.git' || BUILT.test(name) ? [] : filesIn(name)
  })
}

const FILES = filesIn('')
const DOCUMENTS = FILES.filter((file) => file.endsWith('.md') && !file.startsWith('.github/'))

function textOf(document: string): string {
  return readFileSync(path.join(ROOT, document), 'utf8')
}

/** The paths in a document's code, such as `lib/options.ts`, `search.ts` and `dialects/`; what has a wildcard is none. */
function pathsIn(text: string): string[] {
  const prose = text.replace(/^ *```.*?^ *```/gms, '')
  const code = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span as string)
  return code.filter(
    (span) =>
      /^[\w.-]+(\/[\w.-]+)*\/?$/.test(span) &&
      /^(lib|test|native|docs|bench|scripts|examples)\/|\/$|\.(m?ts|mjs|c|h|md)$/.test(span)
  )
}

/** Whether a file or a folder of the repository has that path, or one that ends so: the text around it tells the rest. */
function isThere(name: string): boolean {
  if (BUILT.test(name)) return true
  const folder = `/${name.replace(/\/$/, '')}/`
  return FILES.some((file) => `/${file}`.endsWith(`/${name}`) || `/${path.dirname(file)}/`.includes(folder))
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')
  )
}

/** The links of a document that lead nowhere, of those to other files and to headings. */
function brokenLinks(document: string): string[] {
  const links = [...textOf(document).matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].map(
    ([, link, source]) => (link ?? source) as string
  )
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? document : path.join(path.dirname(document), file)
    if (!existsSync(path.join(ROOT, target))) return true
    return anchor !== undefined && !anchorsOf(target).includes(anchor)
  })
}

describe('documents', () => {
  for (const document of ['docs/architecture.md', 'CONTRIBUTING.md']) {
    it(`name files that exist: ${document}`, () => {
      const paths = pathsIn(textOf(document))
      assert.ok(paths.length > 20, `only ${paths.length} paths were found`)
      assert.deepEqual(
        paths.filter((name) => !isThere(name)),
        []
      )
    })
  }

  it('link to what exists', () => {
    assert.ok(DOCUMENTS.length > 10)
    for (const document of DOCUMENTS) assert.deepEqual(brokenLinks(document), [], document)
  })

  it('would be found to be wrong', () => {
    assert.deepEqual(pathsIn('In `lib/nothing.ts`, `gone.ts` and `missing/`; not `next()` or `GET /a`.'), [
      'lib/nothing.ts',
      'gone.ts',
      'missing/'
    ])
    for (const name of ['lib/nothing.ts', 'gone.ts', 'missing/', 'outing/']) assert.ok(!isThere(name), name)
  })
})
