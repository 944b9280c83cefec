/**
 * Completions for fish 3 and later.
 *
 * @module
 */
import { type FlagChoice, type Place, type ValueChoice, valueFlags } from "./completions_tree.ts";

/** The script to be sourced, or kept as `chatnode.fish` among the completions. */
export function fishCompletions(places: readonly Place[]): string {
  const inner = places.slice(1).map(({ path }) => quoted(path)).join(" ");
  const lines = places.flatMap((place) => [
    ...place.words.map(({ name, does }) => line(place, `-a ${quoted(name)}`, does)),
    ...(place.files ? [line(place, "-F", "")] : []),
    ...place.flags.map((flag) => line(place, flagArguments(flag), flag.does)),
  ]);
  return `# fish completion for chatnode. To use it:
#   chatnode completions fish > ~/.config/fish/completions/chatnode.fish
function __chatnode_place
    set -l place ''
    set -l skip ''
    for word in (commandline -opc)[2..]
        if test -n "$skip"
            set skip ''
        else if contains -- $word ${valueFlags(places).join(" ")}
            set skip yes
        else if contains -- $place/$word ${inner}
            set place $place/$word
        end
    end
    echo $place
end
function __chatnode_at
    test (__chatnode_place) = "$argv[1]"
end
complete -c chatnode -f
${lines.join("\n")}
`;
}

function line({ path }: Place, what: string, does: string): string {
  const description = does === "" ? "" : ` -d ${quoted(does)}`;
  return `complete -c chatnode -n ${quoted(`__chatnode_at "${path}"`)} ${what}${description}`;
}

function flagArguments({ name, short, value }: FlagChoice): string {
  const names = `-l ${name.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`}`;
  return value === undefined ? names : `${names} ${valueArguments(value)}`;
}

function valueArguments(value: ValueChoice): string {
  switch (value.what) {
    case "words":
      return `-x -a ${quoted(value.words.join(" "))}`;
    case "file":
      return "-r -F";
    case "folder":
      return "-x -a '(__fish_complete_directories)'";
    case "nothing":
      return "-x";
  }
}

/** In single quotes fish takes a backslash before a quote or a backslash. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
