import type {
  Bucket,
  ListOptions,
  ListPage,
} from "../../../../src/transports/bucket/stores/contract.ts";

/** What is done beside the calls of a bucket. */
export interface Watching {
  /** Told of each key that is got. */
  readonly onGet?: (key: string) => void;
  /** Answers a listing in the place of the bucket, unless it gives undefined. */
  readonly list?: (options: ListOptions) => ListPage | undefined;
}

/** A bucket that tells what is got from it, or lists what is not there. */
export function watched(bucket: Bucket, { onGet, list }: Watching): Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        if (name === "get") onGet?.(String(args[0]));
        const listed = name === "list" ? list?.(args[0] as ListOptions) : undefined;
        return listed === undefined ? Reflect.apply(value, target, args) : Promise.resolve(listed);
      };
    },
  });
}
