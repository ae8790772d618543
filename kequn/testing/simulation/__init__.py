"""Simulated histories: people edit everywhere, faults strike, the engine crashes, and a judge who knows nothing of it
all says whether the promises held. The real engine, adapters and emulators in one process, on a simulated clock."""
