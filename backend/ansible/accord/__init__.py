"""The part of Accord that is Ansible's parent: dispatcher, supervisor, job."""
