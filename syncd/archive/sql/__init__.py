"""What lies in the database: tables and the questions asked of them. No SQLAlchemy type leaves this folder."""
