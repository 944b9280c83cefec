/** The flags of `chatnode client`, read; `--alias` is in `name` already. */
export interface ClientFlags {
  readonly name: string | undefined;
  readonly login: boolean;
  readonly passwordFile: string | undefined;
  readonly tokenFile: string | undefined;
  readonly ca: string | undefined;
  readonly connect: string | undefined;
  readonly pin: string | undefined;
  readonly remember: boolean;
  readonly register: boolean;
  readonly protocol: "auto" | "native" | "original";
  readonly insecurePlaintext: boolean;
  readonly room: string;
  readonly to: string | undefined;
  readonly history: number | undefined;
  readonly json: boolean;
  readonly follow: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly bell: boolean;
  readonly notify: "off" | "bell" | "desktop";
  /** Milliseconds; 0: never. */
  readonly awayAfter: number;
  readonly line: boolean;
  readonly monochrome: boolean;
  readonly headless: boolean;
}
