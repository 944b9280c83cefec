/**
 * `Deno.test` with its checks on: a test that leaves an operation or a resource behind fails.
 *
 * @param options `why` is what the case guards against; it becomes part of the name.
 */
export function test(
  name: string,
  body: (context: Deno.TestContext) => void | Promise<void>,
  options: { readonly why?: string } = {},
): void {
  Deno.test({
    name: options.why === undefined ? name : `${name}: ${options.why}`,
    fn: body,
    sanitizeOps: true,
    sanitizeResources: true,
  });
}
