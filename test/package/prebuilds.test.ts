import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { NOTES, notesIn } from '../support/notes'
import { pack, packing, unpack } from './support/pack'

/** The largest page of the architecture's kernels, in bytes. */
const LARGEST_PAGE = { x64: 4 * 1024, arm64: 64 * 1024 }

/** All that the addon wants of a C library, in every release of glibc and musl. */
const FROM_LIBC = ['calloc', 'free', 'malloc', 'memset', 'realloc']

describe('the prebuilt addons', packing('readelf'), () => {
  let folder: string

  before(() => {
    folder = unpack(pack())
  })

  for (const [arch, page] of Object.entries(LARGEST_PAGE)) {
    const addon = () => path.join(folder, `native/prebuilds/linux-${arch}/restify-probes.napi.node`)
    const readelf = (option: string) => execFileSync('readelf', ['-W', option, addon()], { encoding: 'utf8' })

    it(`linux-${arch}: is tied to no library and to no version of one`, () => {
      assert.match(readelf('--version-info'), /^\s*No version information found in this file\.\s*$/)
      assert.doesNotMatch(readelf('--dynamic'), /NEEDED|RPATH|RUNPATH|TEXTREL/)
      const undefinedSymbols = [...readelf('--dyn-syms').matchAll(/ UND (\S+)$/gm)].map(
        ([, name]) => name as string
      )
      assert.ok(undefinedSymbols.includes('napi_create_function'))
      for (const name of undefinedSymbols)
        assert.ok(FROM_LIBC.includes(name) || name.startsWith('napi_'), name)
    })

    it(`linux-${arch}: is stripped, but keeps the note of each probe`, () => {
      const sections = readelf('--sections')
      assert.match(sections, /\.note\.stapsdt /)
      assert.doesNotMatch(sections, /\.symtab|\.debug/)
      assert.deepEqual(notesIn(addon()), NOTES)
    })

    it(`linux-${arch}: has a build id, is never unloaded, and loads with a stack that is not executable`, () => {
      assert.match(readelf('--notes'), /Build ID: [0-9a-f]{40}/)
      assert.match(readelf('--dynamic'), /FLAGS_1.* NODELETE/)
      assert.match(readelf('--segments'), /GNU_STACK .* RW +0x/)
    })

    it(`linux-${arch}: can be mapped by kernels with pages of ${page / 1024} KB`, () => {
      const loads = [...readelf('--segments').matchAll(/^\s+LOAD\s+(.*)$/gm)].map(([, row]) =>
        (row as string).split(/\s+(?!E)/)
      )
      assert.ok(loads.length >= 2)
      for (const columns of loads) {
        const [offset, address, align] = [columns[0], columns[1], columns.at(-1)].map(Number) as [
          number,
          number,
          number
        ]
        assert.ok(align >= page, `alignment ${align}`)
        assert.equal(offset % page, address % page)
      }
      assertNoPageIsBothWrittenAndRun(loads, page)
    })
  }

  it('are what the C sources in the package give, byte for byte, rebuilt in another folder', () => {
    const verify = () =>
      spawnSync(process.execPath, [path.join(folder, 'scripts', 'verify-prebuilds.mjs'), folder], {
        encoding: 'utf8'
      })
    const { status, stdout, stderr } = verify()
    assert.equal(status, 0, stdout + stderr)
    assert.equal(stdout.match(/^same {2}[0-9a-f]{64} {2}linux-(?:x64|arm64)\//gm)?.length, 2, stdout)
    appendFileSync(path.join(folder, 'native', 'probes.c'), '\nint changed(void) { return 1; }\n')
    assert.equal(verify().status, 1)
  })

  /** Where segments of different rights share a page of memory, one of them loses its rights. */
  function assertNoPageIsBothWrittenAndRun(loads: string[][], page: number): void {
    const pages = loads.map(([, address, , , size]) => ({
      first: Math.floor(Number(address) / page),
      last: Math.floor((Number(address) + Number(size) - 1) / page)
    }))
    pages.slice(1).forEach(({ first }, index) => {
      assert.ok(first > (pages[index]?.last as number), `segments ${index} and ${index + 1} share a page`)
    })
  }
})
