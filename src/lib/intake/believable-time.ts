/** A time more than 5 min ahead counts as the time of receipt: a wrong clock must not win over every later push. */
export function believableTime(time: Date, receivedAt: Date): string {
  const latest = receivedAt.getTime() + 5 * 60 * 1000;
  return (time.getTime() > latest ? receivedAt : time).toISOString();
}
