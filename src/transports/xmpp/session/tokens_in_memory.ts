import type { TokenStore } from "./extended_login.ts";

/** Tokens that are forgotten with the process. */
export function tokensInMemory(): TokenStore {
  let kept: Awaited<ReturnType<TokenStore["load"]>>;
  return {
    load: () => Promise.resolve(kept),
    save: (token) => {
      kept = token;
      return Promise.resolve();
    },
  };
}
