/** The program: arguments in, exit code out. */
Deno.exit(0);
