import fc from 'fast-check';

/** The same random cases in every run: CI must not find today what it did not find yesterday. `FC_SEED` asks for others. */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_240_101) });
