/** "1 request", "2 requests", "0 requests"; `several` where it is not the noun with an s. */
export function countText(count: number, noun: string, several?: string): string {
  return `${count} ${nounOf(count, noun, several)}`;
}

/** The noun, or the verb, that stands beside that number. */
export function nounOf(count: number | undefined, one: string, several = `${one}s`): string {
  return count === 1 ? one : several;
}
