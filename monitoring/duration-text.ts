/** Minutes as a reader has them: "115 min", "11.5 h", "4.2 days". */
export function durationText(minutes: number): string {
  if (minutes < 120) return `${Number(minutes.toFixed(1))} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`;
}
