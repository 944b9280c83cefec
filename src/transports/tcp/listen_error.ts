import { ChatnodeError } from "../../errors.ts";

/** The operating system's refusal to listen, in words, with what to do about it. */
export function listenError(error: Error, host: string, port: number): ChatnodeError {
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const refusal = (code: string, state: string, hint: string) =>
    new ChatnodeError(code, `Cannot listen on ${place}: ${state}`, { hint, cause: error });
  switch ("code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return refusal(
        "tcp/port-taken",
        "the port is in use",
        "Stop the other program, or choose another port for the relay.",
      );
    case "EACCES":
      return refusal(
        "tcp/forbidden-port",
        "this user may not use the port",
        "Choose a port above 1023 for the relay.",
      );
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return refusal(
        "tcp/no-such-address",
        "this machine has no such address",
        "Use 127.0.0.1 for this machine only, or 0.0.0.0 for all its addresses.",
      );
    default:
      return refusal("tcp/listen", error.message, "Check the relay's address and port.");
  }
}
