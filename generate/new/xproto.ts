import { modelWords } from '../../model/naming.ts';
import type { NewNames } from './names.ts';

/** Two models to begin with: one that is made real, and one that it is linked to and depends on. */
export function xprotoText({ name, item, group }: NewNames): string {
  return `// What should be. \`accord check .\` says what is wrong with it, \`accord generate .\` writes its types.
option app_label = "${name}";
option name = "${name}";

message ${group} (XOSBase) {
    option verbose_name = "${modelWords(group)}";
    option description = "What some items have in common. It has no step: nothing of the back end stands for it alone";

    required string name = 1 [max_length = 64, unique = True, help_text = "What people call it"];
    required string motto = 2 [max_length = 256, help_text = "What all of its items say"];
}

message ${item} (XOSBase) {
    option verbose_name = "${modelWords(item)}";
    option description = "What the back end is to have";
    option xos_links = "${group} via group into motto";

    required string name = 1 [max_length = 64, unique = True, help_text = "What people call it"];
    required string message = 2 [max_length = 256, help_text = "What it says"];
    optional manytoone group->${group}:items = 3:1001 [help_text = "What it belongs to; synchronized before it"];
}
`;
}
