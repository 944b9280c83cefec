/**
 * The index in the worker: opened by the first call, kept open between calls. Every call says which
 * index is meant, since the thread may have been stopped since the last one.
 *
 * @module
 */
import type { BuildListener } from "./index_building.ts";
import type { JournalEnd } from "./index_follow.ts";
import {
  IndexService,
  type IndexSettings,
  type IndexStep,
  type ServiceTools,
} from "./index_service.ts";

/** What the worker does with an index, a step besides. */
type IndexMethod = "search" | "refresh" | "settle" | "forget" | "reset";

/** The argument of a call that becomes a method of {@linkcode IndexService}. */
export interface IndexCall<Method extends IndexMethod> {
  readonly settings: IndexSettings;
  readonly args: Parameters<IndexService[Method]>;
}

/** The argument of the call that becomes {@linkcode IndexService.step}. */
export interface StepCall {
  readonly settings: IndexSettings;
  readonly end: JournalEnd;
}

/** See the module's description. */
export class IndexHost {
  readonly #tools: ServiceTools;
  #service: IndexService | undefined;
  #name = "";

  constructor(tools: ServiceTools) {
    this.#tools = tools;
  }

  /** As `IndexService.step`. */
  async step({ settings, end }: StepCall, listener: BuildListener): Promise<IndexStep> {
    return await this.#open(settings).step(end, listener);
  }

  /** Calls a method; rejects as it throws. */
  async call<Method extends IndexMethod>(
    method: Method,
    { settings, args }: IndexCall<Method>,
  ): Promise<Awaited<ReturnType<IndexService[Method]>>> {
    const service = this.#open(settings);
    // The method's name picks arguments and result alike, which the type system cannot follow.
    const call = service[method] as (...args: unknown[]) => ReturnType<IndexService[Method]>;
    return await call.apply(service, args);
  }

  /** Closes the index; the next call opens it again. */
  close(): Promise<void> {
    this.#service?.close();
    this.#service = undefined;
    return Promise.resolve();
  }

  #open(settings: IndexSettings): IndexService {
    const name = `${settings.path}\n${settings.epoch}`;
    if (this.#service !== undefined && this.#name === name) return this.#service;
    void this.close();
    this.#service = new IndexService(settings, this.#tools);
    this.#name = name;
    return this.#service;
  }
}
