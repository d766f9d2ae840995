"""What is computed from settings and kept for all sessions: traces, opened models, probes. No Streamlit."""
