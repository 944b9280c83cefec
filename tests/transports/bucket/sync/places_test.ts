import assert from "node:assert/strict";
import {
  MOST_FOLLOWED,
  MOST_OF_PARTY,
  MOST_STRANGERS,
  Places,
} from "../../../../src/transports/bucket/sync/places.ts";
import type { Claim, Standing } from "../../../../src/transports/bucket/trust/contract.ts";
import { test } from "../../../harness/test.ts";

/** Places as they are taken by whoever comes. */
class Crowd {
  readonly claims = new Map<string, Claim>();
  readonly taken = new Set<string>();
  readonly places = new Places((device) => this.claims.get(device), () => this.taken);

  /** Devices come one after the other; how many of them got a place. */
  come(count: number, name: string, claim: (index: number) => Claim | undefined): number {
    let got = 0;
    for (let index = 0; index < count; index++) {
      const device = `${name} ${index}`;
      const claimed = claim(index);
      if (claimed !== undefined) this.claims.set(device, claimed);
      if (!this.places.admits(device)) continue;
      this.taken.add(device);
      this.places.noteChange();
      got++;
    }
    return got;
  }
}

const ownNode = (index: number): Claim => ({ standing: "pinned", party: `node:${index}` });

for (
  const { claim, most, why } of [
    { claim: () => undefined, most: MOST_STRANGERS, why: "nothing is known of them" },
    { claim: () => ({ standing: "waiting" }), most: MOST_STRANGERS, why: "they wait for trust" },
    { claim: () => ({ standing: "forked" }), most: MOST_STRANGERS, why: "they told two stories" },
    {
      claim: () => ({ standing: "endorsed", party: "node:mallory" }),
      most: MOST_OF_PARTY,
      why: "one node endorses as many as it likes",
    },
    { claim: ownNode, most: MOST_FOLLOWED, why: "each makes up a node of its own" },
  ] satisfies readonly {
    claim: (index: number) => Claim | undefined;
    most: number;
    why: string;
  }[]
) {
  test(`many keys do not take all places: ${why}`, () => {
    const crowd = new Crowd();
    const honest = crowd.come(5, "honest", (index) => ({ standing: "pinned", party: `h${index}` }));
    assert.equal(honest, 5);
    const got = crowd.come(2 * MOST_FOLLOWED, "mallory", claim);
    assert.ok(got <= most && got >= most - 5, `${got} places`);
    for (let index = 0; index < 5; index++) assert.ok(crowd.taken.has(`honest ${index}`));
    const trusted = crowd.come(3, "friend", () => ({ standing: "trusted", party: "f" }));
    assert.equal(trusted, 3, "who is trusted by hand always has a place");
    const late = crowd.come(1, "late", () => ({ standing: "pinned", party: "late" }));
    assert.equal(late, most === MOST_FOLLOWED ? 0 : 1);
  });
}

test("standings are ranked: ours and trusted by hand, believed, everybody else", () => {
  const ranks: Readonly<Record<Standing, number>> = {
    ...{ own: 0, trusted: 0, pinned: 1, endorsed: 1, revoked: 1 },
    ...{ waiting: 2, distrusted: 2, forked: 2 },
  };
  const places = new Places((device) => ({ standing: device as Standing }), () => []);
  for (const [standing, rank] of Object.entries(ranks)) {
    assert.equal(places.rankOf(standing), rank, standing);
  }
});
