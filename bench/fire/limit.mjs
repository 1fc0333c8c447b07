import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CHECKOUT } from '../support/probes.mjs'
import { REQUEST_HEADERS, RESPONSE_HEADERS } from './arguments.mjs'

const SOURCE = fileURLToPath(new URL('./fire.c', import.meta.url))

/** The nops that a probe's site may be made of, as the assembler spells them (x86-64). */
export const NOPS = {
  'a nop of 1 byte, then one of 10': '.byte 0x90, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0',
  'a nop of 1 byte': 'nop',
  'a nop of 5 bytes': '.byte 0x0f, 0x1f, 0x44, 0, 0'
}

/** The C program, at work. It answers the questions of ours.mjs. */
export class Limit {
  #program
  #answers

  /** @param nop - the site in place of that of native/usdt.h */
  constructor(name, nop) {
    this.name = name
    this.#program = build(nop)
    this.#answers = readline.createInterface({ input: this.#program.stdout })
  }

  get pid() {
    return this.#program.pid
  }

  async ask(question, loop = question, count = 0) {
    this.#program.stdin.write(`${loop} ${count}\n`)
    const [line] = await once(this.#answers, 'line')
    return Number(line)
  }

  async end() {
    const exited = once(this.#program, 'exit')
    this.#program.stdin.end()
    await exited
  }
}

function build(nop) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'restify-probes-'))
  try {
    cpSync(path.join(CHECKOUT, 'native'), folder, {
      recursive: true,
      filter: (file) => !/node_modules|build|prebuilds/.test(path.relative(CHECKOUT, file))
    })
    if (nop !== undefined) replaceNop(path.join(folder, 'usdt.h'), nop)
    const program = path.join(folder, 'fire')
    const sources = [SOURCE, path.join(folder, 'probes.c')]
    execFileSync('gcc', ['-std=gnu11', '-O2', `-I${folder}`, '-o', program, ...sources], { stdio: 'pipe' })
    const args = [REQUEST_HEADERS, RESPONSE_HEADERS].map((headers) => JSON.stringify(headers))
    const running = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    // bpftrace wants to open the file that the process runs, so it stays until then.
    running.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    return running
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function replaceNop(header, nop) {
  const text = readFileSync(header, 'utf8')
  const other = text.replace(/(__x86_64__[\s\S]*?#define USDT_NOP) ".*"/, `$1 "${nop}"`)
  if (other === text && !text.includes(nop)) throw new Error(`no USDT_NOP for x86-64 in ${header}`)
  writeFileSync(header, other)
}
