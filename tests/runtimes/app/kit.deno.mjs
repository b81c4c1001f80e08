import { register } from "./kit-register.mjs";

await register({ test: Deno.test });
