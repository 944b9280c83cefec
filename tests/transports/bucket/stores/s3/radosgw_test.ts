import { systemClock } from "../../../../../src/clock.ts";
import { openS3 } from "../../../../../src/transports/bucket/stores/s3/open.ts";
import { testBucket } from "../../../../conformance/bucket.ts";
import { RadosGateway } from "../../../../harness/radosgw.ts";

testBucket("S3 of Ceph", {
  async start() {
    const gateway = await RadosGateway.start();
    await gateway.makeBucket("conformance");
    let fresh = 0;
    const open = (prefix: string) =>
      openS3(`s3://conformance/${prefix}?endpoint=${gateway.endpoint}`, {
        clock: systemClock,
        random: Math.random,
        uuid: () => crypto.randomUUID(),
        fetch,
        environment: gateway.environment,
        cwd: "/",
        readFile: () => Promise.resolve(undefined),
      });
    return {
      async fresh() {
        const prefix = `case ${fresh++}/b+c`;
        const bucket = await open(prefix);
        return {
          bucket,
          abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
          another: () => open(prefix),
          [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
        };
      },
      [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
    };
  },
});
