"""Which tests hold which failure of a pool of workers: each case must have its proof, and each proof must exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

CASES = {
    "a worker dies while it is idle": ["broker/test_failures.py::test_the_death_of_an_idle_worker_costs_nothing"],
    "a worker dies before it has read its job": [
        "broker/test_core.py::test_a_job_that_its_worker_never_read_goes_to_the_next_one"
    ],
    "a worker dies while it runs a job: exit, SIGKILL, SIGSEGV": [
        "broker/test_failures.py::test_a_death_costs_one_task_and_names_its_cause",
        "e2e/test_processes.py::test_a_killed_pool_worker_costs_its_task_which_says_how",
    ],
    "a worker is killed as memory runs out": [
        "broker/test_faults.py::test_a_worker_killed_from_outside_costs_its_task_which_is_named"
    ],
    "a worker is stopped": ["broker/test_failures.py::test_a_stopped_worker_is_given_up_at_max_wait_and_replaced"],
    "a worker dies half-way through its result": [
        "broker/test_lifecycle.py::test_a_worker_that_dies_half_way_through_its_answer_costs_its_task",
        "broker/test_faults.py::test_a_worker_that_dies_while_it_writes_a_large_result_costs_that_alone",
    ],
    "a worker dies just after its result": [
        "broker/test_core.py::test_the_dead_worker_s_word_waits_for_its_last_frames",
        "broker/test_faults.py::test_a_worker_that_dies_just_after_its_result_has_done_its_job",
    ],
    "a pool is whole again soon after deaths": [
        "e2e/test_pools.py::test_a_slot_is_free_soon_however_often_its_job_ends_badly"
    ],
    "a failure names job, process, cause and last words": [
        "broker/test_failures.py::test_a_death_costs_one_task_and_names_its_cause",
        "broker/test_faults.py::test_a_worker_killed_from_outside_costs_its_task_which_is_named",
    ],
    "exceptions of every kind": ["broker/test_failures.py::test_any_exception_is_a_task_error_and_the_worker_lives_on"],
    "results that cannot be sent": ["broker/test_failures.py::test_a_result_that_is_no_json_is_a_task_error"],
    "a late result reaches another task": [
        "broker/test_failures.py::test_no_result_ever_reaches_another_task",
        "broker/test_core.py::BrokerMachine",
        "broker/test_core.py::test_a_late_answer_to_a_cancelled_task_reaches_nobody_and_frees_the_slot",
        "broker/test_session.py::test_a_worker_that_answers_what_it_does_not_hold_is_killed",
    ],
    "cancel: queued, running, stubborn, ended, twice, unknown": [
        "broker/test_failures.py::test_a_cancelled_task_in_the_queue_never_starts",
        "broker/test_failures.py::test_a_cancelled_job_that_runs_is_interrupted_and_its_worker_lives_on",
        "broker/test_failures.py::test_a_job_that_ignores_its_cancel_is_killed_after_the_grace",
        "broker/test_failures.py::test_a_cancel_after_the_result_changes_nothing",
        "broker/test_faults.py::test_a_task_may_be_cancelled_twice_and_a_foreign_one_not_at_all",
    ],
    "a cancel or a kill hits the next job": [
        "broker/test_failures.py::test_cancels_never_hit_the_worker_s_next_job",
        "broker/test_php.py::test_cancels_never_hit_the_next_job",
        "jobs/test_worker.py::test_a_cancel_of_another_job_is_ignored",
    ],
    "the client leaves": ["e2e/test_requests_and_jobs.py::test_a_client_that_leaves_cancels_the_job_it_waited_for"],
    "the request's time is up": [
        "e2e/test_deadlines.py::test_a_request_s_timeout_ends_its_jobs_and_what_they_spawned",
        "broker/test_failures.py::test_the_request_s_deadline_ends_its_tasks",
    ],
    "the handler fails": [
        "e2e/test_deadlines.py::test_a_handler_that_fails_leaves_no_job_behind",
        "broker/test_failures.py::test_what_a_request_did_not_await_ends_with_it",
    ],
    "the handler returns and forgets a task": [
        "e2e/test_requests_and_jobs.py::test_a_job_that_nobody_awaited_is_cancelled_with_its_request"
    ],
    "a nested task outlives its job": [
        "broker/test_nesting.py::test_what_a_job_spawned_and_did_not_await_ends_with_it",
        "broker/test_nesting.py::test_cancelling_a_job_cancels_what_it_spawned",
    ],
    "nested spawns wait for each other": [
        "broker/test_nesting.py::test_nested_spawns_reach_the_bottom_or_are_refused_at_once",
        "broker/test_nesting.py::test_no_set_of_jobs_ever_waits_in_a_circle",
    ],
    "a full queue": [
        "broker/test_failures.py::test_a_full_queue_is_a_typed_error_at_once",
        "broker/test_faults.py::test_a_queue_is_full_by_bytes_as_well",
        "e2e/test_pools.py::test_settings_of_pools",
    ],
    "time passes in the queue": ["broker/test_failures.py::test_a_task_whose_time_passes_in_the_queue_never_starts"],
    "payloads at their limits": [
        "broker/test_failures.py::test_arguments_and_results_up_to_the_limit_pass_and_others_are_refused",
        "broker/test_faults.py::test_arguments_may_be_as_short_as_they_like",
        "broker/test_faults.py::test_a_frame_of_a_gibibyte_is_refused_by_its_head",
        "broker/test_session.py::test_large_payloads_do_not_stall_small_jobs",
    ],
    "a reader that is slow, or leaves": [
        "broker/test_streaming.py::test_a_slow_reader_holds_the_job_back",
        "broker/test_streaming.py::test_a_reader_who_leaves_ends_the_job_with_the_request",
        "e2e/test_events.py::test_a_slow_client_holds_the_job_back_and_one_that_leaves_ends_it",
        "broker/test_session.py::test_a_caller_that_reads_nothing_is_cut_off_before_it_fills_the_memory",
    ],
    "handles used twice, elsewhere, or too late": [
        "broker/test_failures.py::test_a_result_is_taken_once",
        "broker/test_failures.py::test_a_handle_is_of_no_use_to_another_request",
        "broker/test_failures.py::test_a_handle_works_in_another_thread_of_its_request",
        "broker/test_faults.py::test_a_handle_is_of_no_use_after_its_request",
        "broker/test_client.py::test_result_refuses_to_block_the_loop_of_its_task",
    ],
    "a request spawns without end": [
        "broker/test_faults.py::test_a_request_that_spawns_without_end_is_stopped",
        "broker/test_php.py::test_a_script_that_spawns_without_end_is_stopped",
    ],
    "fan-outs of every mixture": [
        "broker/test_combine.py::test_errors_stand_in_their_places",
        "broker/test_combine.py::test_first_k_of_a_mixture",
        "broker/test_combine.py::test_a_thread_hears_of_the_first_failure_at_once_and_the_others_are_cancelled",
    ],
    "recycling under a backlog": [
        "broker/test_lifecycle.py::test_recycling_under_a_backlog_never_stalls_and_never_hits_a_job",
        "broker/test_core.py::test_a_worker_s_replacement_is_started_in_the_last_tenth_of_its_jobs_and_it_goes_when_that_has_come",
        "e2e/test_pool_sizes.py::test_a_worker_that_has_grown_too_large_is_replaced_and_no_request_notices",
    ],
    "reload and stop while jobs run": [
        "e2e/test_reload.py::test_a_reload_brings_new_code_while_old_requests_end_with_the_old",
        "e2e/test_reload.py::test_what_is_broken_changes_nothing",
        "e2e/test_reload.py::test_a_pool_may_leave_the_config_and_come_back",
        "broker/test_lifecycle.py::test_a_drain_lets_what_runs_finish_and_refuses_what_comes_late",
    ],
    "the parent is killed": ["e2e/test_processes.py::test_nothing_is_left_two_seconds_after_the_parent_was_killed"],
    "jobs that fork": [
        "broker/test_lifecycle.py::test_a_death_is_noticed_though_a_forked_child_keeps_the_connection_open",
        "broker/test_faults.py::test_a_daemon_that_a_job_leaves_behind_holds_neither_slot_nor_drain",
    ],
    "jobs that leave disorder": ["broker/test_hygiene.py::test_disorder_does_not_reach_the_next_job"],
    "workers that cannot start, or hang": [
        "jobs/test_template.py::test_why_a_pool_does_not_start_is_one_clear_line",
        "e2e/test_errors.py::test_a_pool_whose_module_hangs_while_it_is_imported",
        "e2e/test_pool_sizes.py::test_a_pool_whose_workers_cannot_start_refuses_within_seconds_and_recovers",
    ],
    "a job that kills every worker": ["broker/test_lifecycle.py::test_a_job_that_kills_its_workers_is_quarantined"],
    "what must not be shared by a fork": [
        "jobs/test_template.py::test_a_template_with_threads_starts_fresh_workers",
        "jobs/test_template.py::test_forked_workers_share_no_random_numbers",
        "broker/test_client.py::test_a_forked_child_has_its_own_connection",
    ],
    "request id, trace and deadline on their way": [
        "broker/test_nesting.py::test_request_id_trace_and_deadline_reach_a_job_and_its_children",
        "e2e/test_deadlines.py::test_the_deadline_shrinks_on_its_way_into_nested_jobs",
    ],
    "counters that do not add up": ["broker/test_core.py::BrokerMachine"],
    "a great many jobs": ["broker/test_soak.py::test_nothing_grows", "e2e/test_soak.py::test_nothing_grows"],
    "a clock that jumps, a host that was suspended": [
        "broker/test_faults.py::test_a_clock_that_jumps_a_day_ends_what_was_open_once_and_no_more",
        "broker/test_faults.py::test_nothing_that_waits_reads_the_clock_on_the_wall",
        "e2e/test_processes.py::test_a_server_that_was_frozen_as_a_whole_goes_on",
    ],
    "partial reads and writes, full in both directions": [
        "broker/test_session.py::test_frames_may_come_byte_by_byte",
        "broker/test_lifecycle.py::test_both_directions_may_be_full_at_once",
    ],
    "no descriptors, no disk, no processes": [
        "broker/test_faults.py::test_a_broker_without_descriptors_serves_those_who_are_connected_and_recovers",
        "broker/test_faults.py::test_a_disk_without_room_is_the_job_s_own_error",
        "supervisor/test_loop.py::test_a_fork_that_the_system_refuses_is_tried_again",
        "jobs/test_template.py::test_a_template_outlives_a_fork_that_the_system_refuses",
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_each_failure_has_a_test(case: str) -> None:
    for proof in CASES[case]:
        file, _, name = proof.partition("::")
        assert re.search(rf"^(async )?(def|class) {name}\b", (ROOT / file).read_text(), re.MULTILINE), proof
