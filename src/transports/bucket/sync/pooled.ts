/**
 * Runs `action` on every item, at most `limit` at a time, in the order of the items. The first
 * failure ends it once what is under way is over.
 *
 * @throws what the first action that failed threw
 */
export async function pooled<T>(
  items: Iterable<T>,
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const lane = async () => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      try {
        await action(next.value);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  if (failures.length > 0) throw failures[0];
}
