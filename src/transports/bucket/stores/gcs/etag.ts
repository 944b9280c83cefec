/**
 * What names a content here: Google's XML API takes the generation as the condition of a write, but
 * the ETag as that of a read, so ours holds both: `<generation>:<etag>`.
 *
 * @see https://cloud.google.com/storage/docs/request-preconditions
 * @module
 */

/** @param etag with or without its quotes */
export function formatEtag(generation: string, etag: string): string {
  return `${generation}:${etag.replace(/^"(.*)"$/, "$1")}`;
}

/** The parts; undefined for what {@linkcode formatEtag} did not make. */
export function partsOfEtag(
  text: string,
): { readonly generation: string; readonly etag: string } | undefined {
  const [, generation, etag] = /^([1-9]\d{0,19}):([!#-~]+)$/.exec(text) ?? [];
  return generation === undefined || etag === undefined ? undefined : { generation, etag };
}
