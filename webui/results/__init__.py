"""What came of a job, and what determines it, as a person reads them: a file for each kind of experiment."""
