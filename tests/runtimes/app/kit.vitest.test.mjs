import { describe, test } from "vitest";
import { register } from "./kit-register.mjs";

await register({ describe, test });
