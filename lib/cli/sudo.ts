/** The same command as root: with whole paths, since sudo has a PATH of its own. */
export function sudoLine(commandLine: readonly string[]): string {
  return `  sudo ${commandLine.map(shellWord).join(' ')}`
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
