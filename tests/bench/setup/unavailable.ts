/** Something that the machine lacks and that could not be installed: to be listed, not to fail. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}
