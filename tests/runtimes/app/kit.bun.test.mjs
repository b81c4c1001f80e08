import { describe, test } from "bun:test";
import { register } from "./kit-register.mjs";

await register({ describe, test });
