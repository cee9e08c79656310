// The clone that the tests run in, and what Cargo has built of it.
using System;
using System.IO;
using System.Runtime.CompilerServices;

namespace Ytx.Tests;

internal static class Clone
{
    internal static string Root { get; } = Find();

    /// <summary>A program of the workspace.</summary>
    internal static string Built(string program)
    {
        string target = Environment.GetEnvironmentVariable("CARGO_TARGET_DIR") ?? Path.Combine(Root, "target");
        string built = Path.Combine(target, "debug", program);
        if (File.Exists(built)) return built;
        throw new FileNotFoundException($"there is no {built}: run `cargo build --workspace` first");
    }

    /// <summary>Above this source, or the build's output; by a variable where both lie elsewhere.</summary>
    private static string Find([CallerFilePath] string source = "")
    {
        foreach (string? place in new[] { Environment.GetEnvironmentVariable("YTX_TEST_CLONE"), AppContext.BaseDirectory, source })
        {
            string? folder = place;
            while (!string.IsNullOrEmpty(folder) && !File.Exists(Path.Combine(folder, "include", "ytx.h")))
                folder = Path.GetDirectoryName(folder);
            if (!string.IsNullOrEmpty(folder)) return folder;
        }
        throw new FileNotFoundException("the tests do not run in a clone of libytx");
    }
}
