"""The step `score` as a task on a large machine: of the execution EXECUTION, as of the moment AT (JSON)."""

import json
import os

from handler import Request, logger, scored  # type: ignore[import-not-found]  # it lies beside this


def main() -> None:
    """Makes the run that the function would make; what it fails of is logged, and ends the task with an error."""
    logger.set_correlation_id(os.environ["EXECUTION"])
    try:
        scored(Request(at=json.loads(os.environ["AT"])))
    except Exception:
        logger.exception("failed")
        raise


if __name__ == "__main__":
    main()
